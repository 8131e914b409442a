import { string as stringArg } from '@oclif/core/args'
import { RolloutCommand } from '../../src/cli/rollout/rollout-command.ts'
import { followFlags, waitFlag } from '../../src/cli/rollout/rollout-flags.ts'
import { rolloutColumns } from '../../src/cli/rollout/rollout-columns.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { RolloutStatus } from '../../src/app/rollout/rollout-status.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { NxError } from '../../src/kernel/errors.ts'

interface StatusResult {
  readonly rollouts: readonly RolloutStatus[]
}

/** Statuses that are worked out at once: each asks for all its counts. */
const shownMax = 20

export default class RolloutStatusCommand extends RolloutCommand<StatusResult> {
  static override summary = 'Show where rollouts stand, and what is missing for the next step.'
  static override description =
    'Step, share and since when; units of both arms, matured and waiting, and their failures; every test’s E-value and how far it is from 1/alpha; the upper bound that is proven; what holds it and when that is expected to be over; the budget; what happens next. Without an id: all that are under way. With --wait it stays until the rollout is over: exit code 0 completed, 1 rolled back, aborted or superseded, 8 still going at --timeout, 124 when nothing could be seen then.'
  static override examples = [
    { description: 'All under way:', command: 'neuronx rollout status' },
    {
      description: 'One, for a pipeline:',
      command: 'neuronx rollout status acme --wait --timeout 2h --json',
    },
  ]
  static override args = {
    id: stringArg({
      ignoreStdin: true,
      description: 'Id of the rollout or its beginning, or a scope of a live one.',
    }),
  }
  static override flags = { ...waitFlag, ...followFlags }

  override async run(): Promise<StatusResult> {
    const { args, flags } = await this.parse(RolloutStatusCommand)
    const { findRollout, liveRollouts } = await import('../../src/app/rollout/find-rollout.ts')
    const { describeRollout } = await import('../../src/app/rollout/describe-rollout.ts')
    if (flags.wait && args.id === undefined) throw whichOne()
    return this.withOperator(async (operator) => {
      if (args.id === undefined) {
        const rollouts: RolloutStatus[] = []
        for (const live of await liveRollouts(operator, null, shownMax))
          rollouts.push(await describeRollout(operator, live))
        return { rollouts }
      }
      const rollout = await findRollout(operator, args.id, 'config.read')
      if (flags.wait) return { rollouts: [await this.follow(operator, rollout, flags)] }
      return { rollouts: [await describeRollout(operator, rollout)] }
    })
  }

  protected override render({ rollouts }: StatusResult): void {
    const now = systemClock.now()
    const [only] = rollouts
    if (only === undefined) {
      if (this.output.isTerminal) this.output.tell('No rollout is under way: neuronx rollout list')
      return
    }
    if (rollouts.length === 1) return this.printStatus(only, now)
    this.output.print(renderTable(rollouts, rolloutColumns(now, this.output.columns), this.output))
    this.output.tell('\nMore of one: neuronx rollout status ID')
  }
}

function whichOne(): NxError {
  return new NxError('usage', 'NX-USAGE', 'Which rollout is to be waited for?', {
    fix: 'neuronx rollout status ID --wait',
  })
}
