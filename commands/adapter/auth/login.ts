import { boolean, integer, string } from '@oclif/core/flags'
import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../../src/cli/flags.ts'
import { openBrowser } from '../../../src/cli/login/open-browser.ts'
import { OperatorCommand } from '../../../src/cli/operator-command.ts'
import { readHiddenLine } from '../../../src/cli/login/read-hidden-line.ts'
import type { LoginResult, LoginWay } from '../../../src/app/credentials/login-integration.ts'
import { formatDuration } from '../../../src/kernel/duration.ts'

const pasteRedirect = 'http://127.0.0.1:8722/callback'

export default class AdapterAuthLogin extends OperatorCommand<LoginResult> {
  static override summary = 'Log an integration in at its vendor.'
  static override description =
    'For integrations whose vendor gives out tokens (OAuth 2). Where a person must consent, the browser of this machine is opened, and the answer comes back to a port of this machine; with --paste you carry both by hand, for a machine without a browser. The tokens are stored sealed, and refreshed from then on by the daemons. Neither they nor the code are ever shown. Integrations that show an API key take theirs from `neuronx secret set`.'
  static override examples = [
    {
      description: 'With the browser of this machine:',
      command: 'neuronx adapter auth login ghl --tenant acme',
    },
    {
      description: 'On a server, with the redirect address that is registered at the vendor:',
      command:
        'neuronx adapter auth login ghl --tenant acme --paste --redirect-uri https://acme.example/oauth',
    },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
    paste: boolean({ summary: 'Show the address, and read what comes back from stdin.' }),
    'redirect-uri': string({
      summary: `The redirect address that is registered at the vendor. Default: a free port of this machine; with --paste ${pasteRedirect}.`,
      helpValue: 'URL',
    }),
    'no-browser': boolean({ summary: 'Show the address, and open no browser.' }),
    timeout: integer({
      min: 10,
      max: 3_600,
      default: 300,
      summary: 'How long to wait for the answer, seconds.',
    }),
  }

  override async run(): Promise<LoginResult> {
    const { args, flags } = await this.parse(AdapterAuthLogin)
    const redirectUri = flags['redirect-uri'] ?? null
    const way: LoginWay = flags.paste
      ? {
          kind: 'paste',
          redirectUri: redirectUri ?? pasteRedirect,
          pasted: async (address) => {
            this.output.tell(`Open this address in a browser, and log in:\n\n  ${address}\n`)
            this.output.tell(
              'Then paste the address that the browser ended at (it may say that it cannot be reached):',
            )
            return await readHiddenLine()
          },
        }
      : {
          kind: 'browser',
          redirectUri,
          timeoutMs: flags.timeout * 1_000,
          opened: (address) => {
            this.output.tell(
              `Log in here, with a browser of this machine; the address works once:\n\n  ${address}\n`,
            )
            const atTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true
            if (atTerminal && !flags['no-browser']) openBrowser(address)
          },
        }
    return this.withTenant(flags.tenant, 'secret.manage', async ({ operator, tenant, settings }) => {
      const { login } = await import('../../../src/app/credentials/login.ts')
      const place = { tenantId: tenant.id, workspace: flags.workspace, integration: args.name }
      return await login(operator, settings, place, { way, reason: flags.reason ?? null })
    })
  }

  protected override render({ integration, workspace, scopes, renewable, expiresInMs }: LoginResult): void {
    const ends =
      expiresInMs === null
        ? 'has no known end'
        : `ends in ${formatDuration(Math.max(1_000, Math.round(expiresInMs / 1_000) * 1_000))}`
    this.output.print(`${integration} (workspace ${workspace}) is logged in`)
    this.output.print(`The token ${ends}${renewable ? ' and is refreshed by itself' : '; nothing renews it'}`)
    if (scopes.length > 0) this.output.print(`Scopes: ${scopes.join(' ')}`)
  }
}
