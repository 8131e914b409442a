import { boolean } from '@oclif/core/flags'
import { dryRunFlag, reasonFlag } from '../../src/cli/flags.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import { SteerCommand } from '../../src/cli/rollout/steer-command.ts'
import type { SteerResult } from '../../src/cli/rollout/steer-command.ts'

export default class RolloutAbort extends SteerCommand {
  static override summary = 'End a rollout: everybody is back on the baseline at once.'
  static override description =
    'The baseline was the active revision all the time, so nothing has to be applied. With --quarantine the candidate is not applied again before somebody lifts that, by GitOps neither. --reason is required. Asks on a terminal.'
  static override examples = [
    { description: 'Back to the baseline:', command: 'neuronx rollout abort acme --reason "too many texts"' },
    {
      description: 'And keep it from coming back:',
      command: 'neuronx rollout abort acme --reason "too many texts" --quarantine',
    },
  ]
  static override args = rolloutArg
  static override flags = {
    ...reasonFlag,
    ...dryRunFlag,
    quarantine: boolean({ summary: 'Put the candidate into quarantine: it is not applied again by itself.' }),
  }

  protected override readonly verb = 'Abort'

  override async run(): Promise<SteerResult> {
    const { args, flags } = await this.parse(RolloutAbort)
    return this.steer(args.id, { action: 'abort', quarantine: flags.quarantine, step: null }, flags)
  }
}
