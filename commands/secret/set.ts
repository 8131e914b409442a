import { string } from '@oclif/core/flags'
import { reasonFlag, requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { readInput } from '../../src/cli/read-input.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { SecretInfo } from '../../src/platform/secrets/secret-store.ts'

export default class SecretSet extends OperatorCommand<SecretInfo> {
  static override summary = 'Store a secret of a tenant, from stdin.'
  static override description =
    'Reads the value from stdin or a file, never from the command line, where other users could see it. One line end at its end is left out. Sealed with the key of NEURONX_MASTER_KEY_FILE. Setting a name again stores its next version.'
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
      const { loadMasterKey } = await import('../../src/app/config/master-key.ts')
      const masterKey = await loadMasterKey(requiredKeyFile(settings.masterKeyFile))
      const { tenants, secrets } = operator
      return setSecret({ tenants, secrets, masterKey }, operator.actor, {
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

function requiredKeyFile(file: string | null): string {
  if (file !== null) return file
  throw new NxError('configuration', 'NX-MASTER-KEY-MISSING', 'No master key is configured', {
    fix: 'Set NEURONX_MASTER_KEY_FILE, or read the env file of `neuronx dev`: . DIR/env',
  })
}
