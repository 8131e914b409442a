import { boolean, string } from '@oclif/core/flags'
import { reasonFlag } from '../../src/cli/flags.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { confirmFlag } from '../../src/cli/jobs/confirm-flag.ts'
import { paceFlags, parsePace } from '../../src/cli/jobs/pace-flags.ts'
import {
  LetterBulkCommand,
  letterBulkFlags,
  letterIdArgs,
} from '../../src/cli/letters/letter-bulk-command.ts'
import { bulkSelectionOf } from '../../src/cli/letters/letter-flags.ts'
import type { DeadLetterPlan } from '../../src/platform/dead-letters/dead-letter-operations.ts'

export default class DlqReplay extends LetterBulkCommand {
  static override summary = 'Put dead letters back to work.'
  static override description =
    'Names letters by id, or takes the open ones that match a filter, or --all of them. A job does the work: it survives this command. Commands keep their idempotency key. Letters in doubt are skipped unless --include-in-doubt; with it, and with --new-key, an effect may happen twice, so the tenant must be confirmed by name. Exit code 0 when all are done, 3 when some failed or were skipped, 1 when none was done, 66 when nothing matches, 8 when it goes on without this command.'
  static override examples = [
    {
      description: 'One letter:',
      command: 'neuronx dlq replay 0199… --tenant acme --reason "template fixed"',
    },
    {
      description: 'See what a group would do:',
      command: 'neuronx dlq replay --group fp_0123456789ab --tenant acme --dry-run',
    },
    {
      description: 'Carefully, and stop when it does not help:',
      command:
        'neuronx dlq replay --integration ghl --since 24h --tenant acme --canary 1 --rate 5/s --stop-on-fail 20% --reason "outage over"',
    },
  ]
  static override args = letterIdArgs
  static override flags = {
    ...letterBulkFlags,
    ...paceFlags,
    ...confirmFlag,
    ...reasonFlag,
    order: string({
      options: ['strict', 'skip-blocked'],
      default: 'strict',
      summary: 'A letter whose lane is blocked waits its turn, or is skipped.',
      helpValue: 'ORDER',
    }),
    'new-key': boolean({
      default: false,
      summary: 'With a fresh idempotency key, for vendors that remember the failure: may take effect twice.',
    }),
    'include-in-doubt': boolean({
      default: false,
      summary: 'Also letters of which nobody knows whether they took effect: may take effect twice.',
    }),
  }

  protected override readonly verb = 'Replay'
  protected override readonly participle = 'replayed'

  override async run(): Promise<BulkResult<DeadLetterPlan>> {
    const { args, flags } = await this.parse(DlqReplay)
    const ids = args.id ?? []
    return this.withTenant(flags.tenant, 'dead_letter.replay', async (scope) => {
      const now = scope.operator.clock.now()
      const bulk = {
        selection: await bulkSelectionOf(ids, flags, now),
        action: {
          kind: 'replay',
          includeInDoubt: flags['include-in-doubt'],
          newKey: flags['new-key'],
          order: flags.order === 'strict' ? 'strict' : 'skip_blocked',
        },
        pace: parsePace(flags, now),
        reason: flags.reason ?? null,
        danger: dangerOf(flags),
      } as const
      return this.bulkLetters(scope, bulk, flags)
    })
  }
}

function dangerOf(flags: {
  readonly 'new-key': boolean
  readonly 'include-in-doubt': boolean
}): string | null {
  const why = [
    ...(flags['include-in-doubt'] ? ['Those in doubt may have taken effect already.'] : []),
    ...(flags['new-key'] ? ['Under a new key the vendor cannot recognise a repeat.'] : []),
  ]
  return why.length === 0 ? null : `${why.join(' ')} Their effect may happen twice.`
}
