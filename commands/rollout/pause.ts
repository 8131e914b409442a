import { reasonFlag, dryRunFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutPause extends SteerCommand {
  static override summary = 'Keep a rollout where it is until somebody resumes it.'
  static override description =
    'It is still watched: what fails under the candidate alone rolls it back. --reason is required; the ledger and the audit log keep it. Asks on a terminal.'
  static override examples = [
    { description: 'By its scope:', command: 'neuronx rollout pause acme --reason "vendor incident"' },
    {
      description: 'By its id, for a script:',
      command: 'neuronx rollout pause 0199f4a2 --reason "vendor incident" --json',
    },
  ]
  static override args = rolloutArg
  static override flags = { ...reasonFlag, ...dryRunFlag }

  protected override readonly verb = 'Pause'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutPause)
    return this.steer(args.id, { action: 'pause', quarantine: false, step: null }, flags)
  }
}
