import { reasonFlag, dryRunFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutResume extends SteerCommand {
  static override summary = 'Let a paused rollout go on.'
  static override description =
    'It goes on at the step where it stands, through that step’s whole gate, and not past it. --reason is required.'
  static override examples = [
    { description: 'By its scope:', command: 'neuronx rollout resume acme --reason "incident over"' },
    {
      description: 'By its id, for a script:',
      command: 'neuronx rollout resume 0199f4a2 --reason "incident over" --json',
    },
  ]
  static override args = rolloutArg
  static override flags = { ...reasonFlag, ...dryRunFlag }

  protected override readonly verb = 'Resume'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutResume)
    return this.steer(args.id, { action: 'resume', quarantine: false, step: null }, flags)
  }
}
