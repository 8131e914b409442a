import { integer } from '@oclif/core/flags'
import { dryRunFlag, reasonFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutApprove extends SteerCommand {
  static override summary = 'Approve the start of a rollout, or its next step.'
  static override description =
    'Where the policy asks for it: by risk before it begins, before given percentages, or in the place of evidence. Whoever started it cannot approve it. An approval opens one gate among others; the rest of the gate stays. --reason is required.'
  static override examples = [
    {
      description: 'What it waits for now:',
      command: 'neuronx rollout approve acme --reason "seen the plan"',
    },
    {
      description: 'Entering the fourth step, ahead of time:',
      command: 'neuronx rollout approve acme --step 4 --reason "seen the figures"',
    },
  ]
  static override args = rolloutArg
  static override flags = {
    ...reasonFlag,
    ...dryRunFlag,
    step: integer({
      min: 1,
      max: 1_000,
      summary: 'Entering this step of the policy, from 1; without it what it waits for now.',
      helpValue: 'N',
    }),
  }

  protected override readonly verb = 'Approve'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutApprove)
    const step = flags.step === undefined ? null : flags.step - 1
    return this.steer(args.id, { action: 'approve', quarantine: false, step }, flags)
  }
}
