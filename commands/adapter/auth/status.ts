import { string as stringArg } from '@oclif/core/args'
import { tenantFlag, workspaceFlag } from '../../../src/cli/flags.ts'
import { OperatorCommand } from '../../../src/cli/operator-command.ts'
import { relativeTime } from '../../../src/cli/text/relative-time.ts'
import { renderTable } from '../../../src/cli/views/table.ts'
import type { CredentialReport } from '../../../src/app/credentials/credential-report.ts'

interface Status {
  readonly at: string
  readonly integrations: readonly CredentialReport[]
}

export default class AdapterAuthStatus extends OperatorCommand<Status> {
  static override summary = 'Show how integrations stand with their credentials.'
  static override description =
    'ok; secret_missing: a secret it names is not stored; login_needed; unused: the first token comes with the first call; refreshing; retrying: the last refresh did not go well and is tried again; ending: within a week, and nothing renews it; failed: the vendor refused, log in again. Never shows a token or a secret.'
  static override examples = [
    { description: 'All of a tenant:', command: 'neuronx adapter auth status --tenant acme' },
    {
      description: 'One, with everything known of it:',
      command: 'neuronx adapter auth status ghl --tenant acme',
    },
  ]
  static override args = {
    name: stringArg({ ignoreStdin: true, description: 'Name of the integration. Default: all.' }),
  }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<Status> {
    const { args, flags } = await this.parse(AdapterAuthStatus)
    return this.withTenant(flags.tenant, 'secret.read', async ({ operator, tenant }) => {
      const { reportCredentials } = await import('../../../src/app/credentials/credential-report.ts')
      const place = { tenantId: tenant.id, workspace: flags.workspace, integration: args.name ?? null }
      const integrations = await reportCredentials(operator, place)
      return { at: operator.clock.now().toISOString(), integrations }
    })
  }

  protected override render({ at, integrations }: Status): void {
    const now = new Date(at)
    const [only] = integrations
    const time = (value: string | null): string | null => (value === null ? null : relativeTime(value, now))
    const columns = [
      { title: 'INTEGRATION', value: (row: CredentialReport) => row.integration },
      { title: 'AUTH', value: (row: CredentialReport) => row.auth },
      { title: 'STATE', value: (row: CredentialReport) => row.state },
      { title: 'EXPIRES', value: (row: CredentialReport) => time(row.expiresAt) },
      { title: 'LOGIN ENDS', value: (row: CredentialReport) => time(row.loginEndsAt) },
      { title: 'REFRESHED', value: (row: CredentialReport) => time(row.refreshedAt) },
      {
        title: 'CALLS',
        value: (row: CredentialReport) => (row.shut === null ? 'made' : `shut: ${row.shut}`),
      },
      {
        title: 'WHY',
        value: (row: CredentialReport) =>
          row.why?.message ?? (row.missing.length === 0 ? null : row.missing.join(', ')),
        shrink: true,
      },
    ]
    if (only === undefined) return this.output.tell('The configuration has no integrations.')
    this.output.print(renderTable(integrations, columns, this.output))
    if (integrations.length > 1) return
    if (only.scopes.length > 0) this.output.print(`Scopes: ${only.scopes.join(' ')}`)
    if (only.why !== null) this.output.print(`Since ${only.why.since}: ${only.why.code}: ${only.why.message}`)
  }
}
