import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { listTokens } from '../../src/platform/access/list-tokens.ts'
import type { TokenInfo } from '../../src/platform/access/token-store.ts'

export default class TokenList extends OperatorCommand<readonly TokenInfo[]> {
  static override summary = 'List the tokens of a tenant.'
  static override description =
    'Revoked and expired ones included. The tokens themselves are not stored and cannot be shown.'
  static override examples = [
    { description: 'As a table:', command: 'neuronx token list --tenant acme' },
    {
      description: 'Those that are revoked:',
      command: "neuronx token list --tenant acme --json | jq '.data[] | select(.revokedAt)'",
    },
  ]
  static override flags = { ...tenantFlag }

  override async run(): Promise<readonly TokenInfo[]> {
    const { flags } = await this.parse(TokenList)
    return this.withSlug(flags.tenant, (operator, tenant) => listTokens(operator, operator.actor, { tenant }))
  }

  protected override render(tokens: readonly TokenInfo[]): void {
    const columns = [
      { title: 'ID', value: (token: TokenInfo) => token.id },
      { title: 'ROLE', value: (token: TokenInfo) => token.role },
      { title: 'WORKSPACE', value: (token: TokenInfo) => token.workspace },
      { title: 'LABEL', value: (token: TokenInfo) => token.label, shrink: true },
      { title: 'CREATED', value: (token: TokenInfo) => token.createdAt },
      { title: 'EXPIRES', value: (token: TokenInfo) => token.expiresAt },
      { title: 'REVOKED', value: (token: TokenInfo) => token.revokedAt },
    ]
    this.printPage(
      { items: tokens, cursor: null },
      columns,
      'There is no token yet: neuronx token create --role ROLE',
    )
  }
}
