import { confirmFlag } from '../../src/cli/jobs/confirm-flag.ts'
import { dryRunFlag, reasonFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutPromote extends SteerCommand {
  static override summary = 'Take a rollout into its next step without waiting for the judge.'
  static override description =
    'By one step, never more. While evidence is missing it says what is, asks for the name of the scope (--confirm in scripts; --yes is not enough), and marks the step “advanced without evidence” in the ledger and the audit log. --reason is required.'
  static override examples = [
    {
      description: 'See what is missing:',
      command: 'neuronx rollout promote acme --reason "no traffic at night" --dry-run',
    },
    {
      description: 'From a script:',
      command: 'neuronx rollout promote acme --reason "tested by hand" --confirm acme',
    },
  ]
  static override args = rolloutArg
  static override flags = { ...reasonFlag, ...dryRunFlag, ...confirmFlag }

  protected override readonly verb = 'Promote'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutPromote)
    return this.steer(args.id, { action: 'promote', quarantine: false, step: null }, flags)
  }
}
