import { RolloutCommand } from '../../src/cli/rollout/rollout-command.ts'
import { followFlags, rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import type { RolloutStatus } from '../../src/app/rollout/rollout-status.ts'
import { systemClock } from '../../src/kernel/clock.ts'

export default class RolloutWatch extends RolloutCommand<RolloutStatus> {
  static override summary = 'Follow a rollout until it is over.'
  static override description =
    'On a terminal its status, renewed; q or Ctrl-C leaves and changes nothing. Piped a line for every change, with --output jsonl the whole status as a JSON line. Exit code 0 completed, 1 rolled back, aborted, superseded or failed to start, 8 still going at --timeout, 124 when nothing could be seen then.'
  static override examples = [
    { description: 'Look on:', command: 'neuronx rollout watch acme' },
    {
      description: 'In a pipeline:',
      command: 'neuronx rollout watch 0199f4a2 --timeout 6h --output jsonl',
    },
  ]
  static override args = rolloutArg
  static override flags = followFlags

  override async run(): Promise<RolloutStatus> {
    const { args, flags } = await this.parse(RolloutWatch)
    return this.withOperator(async (operator) => {
      const { findRollout } = await import('../../src/app/rollout/find-rollout.ts')
      const rollout = await findRollout(operator, args.id, 'config.read')
      return this.follow(operator, rollout, flags)
    })
  }

  protected override render(status: RolloutStatus): void {
    this.printStatus(status, systemClock.now())
  }
}
