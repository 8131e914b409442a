import { boolean, integer } from '@oclif/core/flags'
import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { rolloutColumns } from '../../src/cli/rollout/rollout-columns.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { RolloutStatus } from '../../src/app/rollout/rollout-status.ts'
import { systemClock } from '../../src/kernel/clock.ts'

interface ListResult {
  readonly items: readonly Omit<RolloutStatus, 'judged' | 'nextAction' | 'daemonsAlive'>[]
}

export default class RolloutList extends OperatorCommand<ListResult> {
  static override summary = 'List rollouts, the newest first.'
  static override description =
    'Those under way and what became of the others. With --tenant those that change a scope of that tenant.'
  static override examples = [
    { description: 'The last ones:', command: 'neuronx rollout list' },
    {
      description: 'What is under way:',
      command: `neuronx rollout list --live --json | jq -r '.data.items[].id'`,
    },
  ]
  static override flags = {
    ...tenantFlag,
    live: boolean({ summary: 'Only those under way.' }),
    limit: integer({ min: 1, max: 500, default: 50, summary: 'How many at most, 1 to 500.', helpValue: 'N' }),
  }

  override async run(): Promise<ListResult> {
    const { flags } = await this.parse(RolloutList)
    return this.withOperator(async (operator) => {
      const { listRollouts } = await import('../../src/app/rollout/list-rollouts.ts')
      this.tenantSlug = flags.tenant ?? null
      const { tenant = null, live, limit } = flags
      return { items: await listRollouts(operator, { tenant, live, limit }) }
    })
  }

  protected override render({ items }: ListResult): void {
    const columns = rolloutColumns(systemClock.now(), this.output.columns)
    if (items.length > 0) this.output.print(renderTable(items, columns, this.output))
    else if (this.output.isTerminal) this.output.tell('No rollouts: neuronx rollout start DIR')
  }
}
