import { reasonFlag, dryRunFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutRetry extends SteerCommand {
  static override summary = 'Start a rollout again that failed to start.'
  static override description =
    'For a candidate that could not be put to use at all; nothing was exposed to it. It begins as it began the first time. --reason is required.'
  static override examples = [
    { description: 'By its scope:', command: 'neuronx rollout retry acme --reason "secret is there now"' },
    {
      description: 'By its id, for a script:',
      command: 'neuronx rollout retry 0199f4a2 --reason "secret is there now" --json',
    },
  ]
  static override args = rolloutArg
  static override flags = { ...reasonFlag, ...dryRunFlag }

  protected override readonly verb = 'Retry'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutRetry)
    return this.steer(args.id, { action: 'retry', quarantine: false, step: null }, flags)
  }
}
