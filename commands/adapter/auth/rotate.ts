import { string } from '@oclif/core/flags'
import { reasonFlag } from '../../../src/cli/flags.ts'
import { OperatorCommand } from '../../../src/cli/operator-command.ts'
import type { RotationResult, RotationWish } from '../../../src/app/credentials/rotate-master-key.ts'
import { NxError } from '../../../src/kernel/errors.ts'

export default class AdapterAuthRotate extends OperatorCommand<RotationResult> {
  static override summary = 'Exchange the master key of the installation.'
  static override description =
    'First --new-key-file: every data key is sealed under the new master key too, with the present one of NEURONX_MASTER_KEY_FILE; no token is opened, and both keys work. Then give every daemon the new file and restart it. Last --retire, with the new key configured: what the old one sealed is dropped, once the new one is seen to open everything. Either may be broken off and run again.'
  static override examples = [
    {
      description: 'Make a new key, and seal under it:',
      command:
        '(umask 077; head -c 32 /dev/urandom > new.key) && neuronx adapter auth rotate --new-key-file new.key',
    },
    { description: 'When every daemon has it:', command: 'neuronx adapter auth rotate --retire 1f2e3d4c' },
  ]
  static override flags = {
    ...reasonFlag,
    'new-key-file': string({ summary: 'The new master key: 32 random bytes, mode 0600.', helpValue: 'FILE' }),
    retire: string({
      summary: 'The old master key, by its id.',
      helpValue: 'KEYID',
      exclusive: ['new-key-file'],
    }),
  }

  override async run(): Promise<RotationResult> {
    const { flags } = await this.parse(AdapterAuthRotate)
    const wish = wishOf(flags)
    return this.withOperator(async (operator, settings) => {
      const { rotateMasterKey } = await import('../../../src/app/credentials/rotate-master-key.ts')
      return await rotateMasterKey(operator, settings, wish, flags.reason ?? null)
    })
  }

  protected override render(result: RotationResult): void {
    if (result.done === 'retired') {
      this.output.print(
        `Master key ${result.masterKey} is retired: ${result.dropped} seals dropped; ${result.current} opens everything`,
      )
      return
    }
    const { from, to, dataKeys, secrets } = result
    this.output.print(`Sealed under ${to} too: ${dataKeys} data keys, ${secrets} secrets moved to data keys`)
    this.output.tell(
      `Now point NEURONX_MASTER_KEY_FILE of every daemon at the new file and restart it; then: neuronx adapter auth rotate --retire ${from}`,
    )
  }
}

function wishOf(flags: { 'new-key-file'?: string | undefined; retire?: string | undefined }): RotationWish {
  const { 'new-key-file': newKeyFile, retire } = flags
  if (newKeyFile !== undefined) return { newKeyFile }
  if (retire !== undefined && /^[0-9a-f]{8}$/.test(retire)) return { retire }
  throw new NxError('usage', 'NX-MASTER-KEY-WISH', 'Say which half of the exchange to do', {
    fix: 'Add --new-key-file FILE, or --retire KEYID (8 hex digits; `neuronx doctor` names old keys).',
  })
}
