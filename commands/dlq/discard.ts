import { reasonFlag } from '../../src/cli/flags.ts'
import { requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { atOnce } from '../../src/cli/jobs/pace-flags.ts'
import {
  LetterBulkCommand,
  letterBulkFlags,
  letterIdArgs,
} from '../../src/cli/letters/letter-bulk-command.ts'
import { bulkSelectionOf } from '../../src/cli/letters/letter-flags.ts'
import type { DeadLetterPlan } from '../../src/platform/dead-letters/dead-letter-operations.ts'

export default class DlqDiscard extends LetterBulkCommand {
  static override summary = 'Give dead letters up.'
  static override description =
    'They are kept, as discarded, and nothing comes of them; the lane of a command in doubt goes on. Guards and exit codes are those of `dlq replay`; --reason is required.'
  static override examples = [
    {
      description: 'One letter:',
      command: 'neuronx dlq discard 0199… --tenant acme --reason "test traffic"',
    },
    {
      description: 'See what would be given up:',
      command: 'neuronx dlq discard --code NX-EVENT-UNKNOWN --tenant acme --dry-run',
    },
  ]
  static override args = letterIdArgs
  static override flags = {
    ...letterBulkFlags,
    ...reasonFlag,
  }

  protected override readonly verb = 'Discard'
  protected override readonly participle = 'discarded'

  override async run(): Promise<BulkResult<DeadLetterPlan>> {
    const { args, flags } = await this.parse(DlqDiscard)
    const reason = requiredReason(flags)
    return this.withTenant(flags.tenant, 'dead_letter.replay', async (scope) => {
      const selection = await bulkSelectionOf(args.id ?? [], flags, scope.operator.clock.now())
      const bulk = { selection, action: { kind: 'discard' }, pace: atOnce, reason, danger: null } as const
      return this.bulkLetters(scope, bulk, flags)
    })
  }
}
