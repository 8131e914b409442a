import { string } from '@oclif/core/flags'
import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { readInput } from '../../src/cli/read-input.ts'
import type { SecretInfo } from '../../src/platform/secrets/secret-store.ts'

export default class SecretSet extends OperatorCommand<SecretInfo> {
  static override summary = 'Store a secret of a tenant, from stdin.'
  static override description =
    'Reads the value from stdin or a file, never from the command line, where other users could see it. One line end at its end is left out. Sealed under a data key of the tenant, which the key of NEURONX_MASTER_KEY_FILE seals. Setting a name again stores its next version.'
  static override examples = [
    { description: 'From a file:', command: 'neuronx secret set ghl-token --tenant acme < token.txt' },
    {
      description: 'From a password manager:',
      command: 'pass show acme/ghl | neuronx secret set ghl-token --tenant acme',
    },
  ]
  static override args = { name: requiredArg('Name of the secret, as documents refer to it.') }
  static override flags = {
    ...tenantFlag,
    ...reasonFlag,
    from: string({ default: '-', summary: 'The file that holds the value, - for stdin.', helpValue: 'FILE' }),
  }

  override async run(): Promise<SecretInfo> {
    const { args, flags } = await this.parse(SecretSet)
    const { secretBytesMax, setSecret } = await import('../../src/platform/secrets/set-secret.ts')
    // Two more bytes than a secret may have: the line end that is left out.
    const value = await readInput(flags.from, secretBytesMax + 2)
    return this.withSlug(flags.tenant, async (operator, tenant, settings) => {
      const { vaultOf } = await import('../../src/app/credentials/operator-vault.ts')
      const vault = await vaultOf(operator, settings)
      const { tenants, secrets } = operator
      return setSecret({ tenants, secrets, vault }, operator.actor, {
        tenant,
        name: args.name,
        value,
        reason: flags.reason,
      })
    })
  }

  protected override render(secret: SecretInfo): void {
    this.output.print(`${secret.name} version ${secret.version}`)
  }
}
