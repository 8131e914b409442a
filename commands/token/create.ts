import { string } from '@oclif/core/flags'
import { reasonFlag, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { parseDuration } from '../../src/kernel/duration.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { roles } from '../../src/platform/access/actor.ts'
import { createToken } from '../../src/platform/access/create-token.ts'
import type { TokenInfo } from '../../src/platform/access/token-store.ts'

interface CreateResult extends TokenInfo {
  /** The only time that it is seen. */
  readonly token: string
}

export default class TokenCreate extends OperatorCommand<CreateResult> {
  static override summary = 'Make a token for a tenant.'
  static override description =
    'Prints the token once, on stdout; only its hash is stored. Roles: ingest publishes events; viewer reads; operator also replays dead letters; engineer also applies configuration and sets secrets; owner may do everything.'
  static override examples = [
    { description: 'For a producer of events:', command: 'neuronx token create --tenant acme --role ingest' },
    {
      description: 'Into a file, for ninety days:',
      command: 'neuronx token create --tenant acme --role viewer --valid-for 90d > token',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
    role: string({ options: roles, required: true, summary: 'What the token may do.', helpValue: 'ROLE' }),
    label: string({ summary: 'What it is for, for people.', helpValue: 'TEXT' }),
    'valid-for': string({
      summary: 'How long it is valid, such as 90d. Default: until it is revoked.',
      helpValue: 'TIME',
    }),
  }

  override async run(): Promise<CreateResult> {
    const { flags } = await this.parse(TokenCreate)
    const role = roles.find((known) => known === flags.role)
    if (role === undefined)
      throw new NxError('usage', 'NX-USAGE', `'${flags.role}' is not a role`, {
        fix: `Use one of ${roles.join(', ')}.`,
      })
    const { workspace, label, reason } = flags
    const validForMs = flags['valid-for'] === undefined ? null : parseDuration(flags['valid-for'])
    return this.withSlug(flags.tenant, async (operator, tenant) => {
      const created = await createToken(operator, operator.actor, {
        tenant,
        role,
        workspace,
        label,
        validForMs,
        reason,
      })
      return { token: created.token, ...created.info }
    })
  }

  protected override render(created: CreateResult): void {
    this.output.print(created.token)
    const until = created.expiresAt === null ? 'until it is revoked' : `until ${created.expiresAt}`
    this.output.tell(
      `${created.role} of ${this.tenantSlug}/${created.workspace}, ${until}. It is not shown again; its id is ${created.id}.`,
    )
  }
}
