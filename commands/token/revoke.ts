import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { revokeToken } from '../../src/platform/access/revoke-token.ts'
import type { TokenInfo } from '../../src/platform/access/token-store.ts'

export default class TokenRevoke extends OperatorCommand<TokenInfo> {
  static override summary = 'End a token.'
  static override description =
    'Running daemons refuse it within a second. It cannot be undone: make a new one instead. Asks before; without a terminal it needs --yes.'
  static override examples = [
    { description: 'By its id:', command: 'neuronx token revoke 0199… --tenant acme --reason "laptop lost"' },
    { description: 'In a script:', command: 'neuronx token revoke 0199… --tenant acme --yes' },
  ]
  static override args = { id: requiredArg('Id of the token, as `token list` shows it.') }
  static override flags = { ...tenantFlag, ...reasonFlag }

  override async run(): Promise<TokenInfo> {
    const { args, flags } = await this.parse(TokenRevoke)
    await this.confirmed(`Revoke the token ${args.id}? Whoever uses it is refused from then on.`)
    return this.withSlug(flags.tenant, (operator, tenant) =>
      revokeToken(operator, operator.actor, { tenant, tokenId: args.id, reason: flags.reason }),
    )
  }

  protected override render(token: TokenInfo): void {
    this.output.print(`${token.id} is revoked`)
  }
}
