import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { listSecrets } from '../../src/platform/secrets/list-secrets.ts'
import type { SecretInfo } from '../../src/platform/secrets/secret-store.ts'

export default class SecretList extends OperatorCommand<readonly SecretInfo[]> {
  static override summary = 'List the secrets of a tenant, without their values.'
  static override description =
    'Names, versions, and which key sealed each: a data key of the tenant, or, for old ones, the master key.'
  static override examples = [
    { description: 'As a table:', command: 'neuronx secret list --tenant acme' },
    { description: 'In a script:', command: 'neuronx secret list --tenant acme --json' },
  ]
  static override flags = { ...tenantFlag }

  override async run(): Promise<readonly SecretInfo[]> {
    const { flags } = await this.parse(SecretList)
    return this.withSlug(flags.tenant, (operator, tenant) =>
      listSecrets(operator, operator.actor, { tenant }),
    )
  }

  protected override render(secrets: readonly SecretInfo[]): void {
    const columns = [
      { title: 'NAME', value: (secret: SecretInfo) => secret.name },
      { title: 'VERSION', value: (secret: SecretInfo) => secret.version, align: 'right' as const },
      { title: 'KEY', value: (secret: SecretInfo) => secret.keyId },
      { title: 'UPDATED', value: (secret: SecretInfo) => secret.updatedAt },
    ]
    this.printPage(
      { items: secrets, cursor: null },
      columns,
      'There is no secret yet: neuronx secret set NAME < file',
    )
  }
}
