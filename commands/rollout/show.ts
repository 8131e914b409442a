import { RolloutCommand } from '../../src/cli/rollout/rollout-command.ts'
import { renderStatus } from '../../src/cli/rollout/render-status.ts'
import { renderLedger, renderRamp } from '../../src/cli/rollout/render-ledger.ts'
import { rolloutArg } from '../../src/cli/rollout/rollout-flags.ts'
import type { ShownRollout } from '../../src/app/rollout/show-rollout.ts'
import { systemClock } from '../../src/kernel/clock.ts'

export default class RolloutShow extends RolloutCommand<ShownRollout> {
  static override summary = 'Show one rollout: its status, its ramp, its ledger.'
  static override description =
    'What status says, the policy as it was pinned when it began (an edit of the document since then changes nothing, and is said), and every change with who or what made it and why.'
  static override examples = [
    { description: 'One under way:', command: 'neuronx rollout show acme' },
    {
      description: 'The policy that it goes by:',
      command: 'neuronx rollout show 0199f4a2 --json | jq .data.policy',
    },
  ]
  static override args = rolloutArg

  override async run(): Promise<ShownRollout> {
    const { args } = await this.parse(RolloutShow)
    return this.withOperator(async (operator) => {
      const { findRollout } = await import('../../src/app/rollout/find-rollout.ts')
      const { showRollout } = await import('../../src/app/rollout/show-rollout.ts')
      return await showRollout(operator, await findRollout(operator, args.id, 'config.read'))
    })
  }

  protected override render(shown: ShownRollout): void {
    const now = systemClock.now()
    this.output.print(renderStatus(shown.status, this.output, now))
    this.output.print(`\n${renderRamp(shown, this.output)}`)
    this.output.print(`\n${renderLedger(shown.ledger, this.output)}`)
    if (shown.policyEdited)
      this.output.tell('\nThe policy has been edited since it began; it goes by the one shown here.')
  }
}
