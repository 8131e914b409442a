import { string } from '@oclif/core/flags'
import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { scheduleColumns } from '../../src/cli/views/schedule-views.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import type { ScheduleView } from '../../src/sales-core/schedules/schedule-control.ts'

export default class ScheduleList extends OperatorCommand<readonly ScheduleView[]> {
  static override summary = 'List schedules: when each is next due, and how its last run ended.'
  static override description =
    'Of the active configuration, as daemons carry it out: a Schedule that was just applied appears within seconds of a running daemon.'
  static override examples = [
    { description: 'Of all workspaces:', command: 'neuronx schedule list --tenant acme' },
    { description: 'For a script:', command: 'neuronx schedule list --tenant acme --workspace eu --json' },
  ]
  static override flags = {
    ...tenantFlag,
    workspace: string({ summary: 'Only those of this workspace. Default: all.', helpValue: 'NAME' }),
  }

  override async run(): Promise<readonly ScheduleView[]> {
    const { flags } = await this.parse(ScheduleList)
    return this.withTenant(flags.tenant, 'schedule.read', async ({ operator, tenant }) =>
      operator.schedules.list(tenant.id, flags.workspace ?? null),
    )
  }

  protected override render(schedules: readonly ScheduleView[]): void {
    if (schedules.length === 0) return this.output.tell('There are no schedules.')
    this.output.print(renderTable(schedules, scheduleColumns(systemClock.now()), this.output))
  }
}
