import { string } from '@oclif/core/flags'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { atOnce } from '../../src/cli/jobs/pace-flags.ts'
import {
  LetterBulkCommand,
  letterBulkFlags,
  letterIdArgs,
} from '../../src/cli/letters/letter-bulk-command.ts'
import { bulkSelectionOf } from '../../src/cli/letters/letter-flags.ts'
import type { DeadLetterPlan } from '../../src/platform/dead-letters/dead-letter-operations.ts'

export default class DlqResolve extends LetterBulkCommand {
  static override summary = 'Close dead letters that need no replay.'
  static override description =
    'done-elsewhere: the effect was had by other means; a command in doubt then counts as succeeded. skip: it shall not be had; a command in doubt then counts as failed. Either way its lane goes on. --evidence says how it is known and is kept. Guards and exit codes are those of `dlq replay`.'
  static override examples = [
    {
      description: 'It was done by hand:',
      command:
        'neuronx dlq resolve 0199… --tenant acme --outcome done-elsewhere --evidence "contact 42 has the tag since 10:04"',
    },
    {
      description: 'A campaign is over:',
      command:
        'neuronx dlq resolve --group fp_0123456789ab --tenant acme --outcome skip --evidence "ended May 1"',
    },
  ]
  static override args = letterIdArgs
  static override flags = {
    ...letterBulkFlags,
    outcome: string({
      options: ['done-elsewhere', 'skip'],
      required: true,
      summary: 'What became of it.',
      helpValue: 'OUTCOME',
    }),
    evidence: string({
      required: true,
      summary: 'How that is known; kept with the letter.',
      helpValue: 'TEXT',
    }),
  }

  protected override readonly verb = 'Resolve'
  protected override readonly participle = 'resolved'

  override async run(): Promise<BulkResult<DeadLetterPlan>> {
    const { args, flags } = await this.parse(DlqResolve)
    return this.withTenant(flags.tenant, 'dead_letter.replay', async (scope) => {
      const bulk = {
        selection: await bulkSelectionOf(args.id ?? [], flags, scope.operator.clock.now()),
        action: {
          kind: 'resolve',
          outcome: flags.outcome === 'skip' ? 'skip' : 'done_elsewhere',
          evidence: flags.evidence,
        },
        pace: atOnce,
        reason: flags.evidence,
        danger: null,
      } as const
      return this.bulkLetters(scope, bulk, flags)
    })
  }
}
