import { foundOr } from '../../src/cli/errors/not-found.ts'
import { pageFlags, pageOf, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { runColumns, scheduleFacts } from '../../src/cli/views/schedule-views.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { ScheduleView } from '../../src/sales-core/schedules/schedule-control.ts'
import type { ScheduleRun } from '../../src/sales-core/schedules/schedule-run.ts'

interface ShownSchedule extends ScheduleView {
  readonly runs: Page<ScheduleRun>
}

export default class ScheduleShow extends OperatorCommand<ShownSchedule> {
  static override summary = 'Show one schedule with its runs.'
  static override description =
    'Newest first. skipped: it was missed, and the schedule says not to catch it up. partly failed: some entities could not be judged; the note names the first. cancelled: the schedule was removed, or changed to something else.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx schedule show monday-review --tenant acme' },
    {
      description: 'Of another workspace:',
      command: 'neuronx schedule show nightly --tenant acme --workspace eu',
    },
  ]
  static override args = { name: requiredArg('Name of the schedule.') }
  static override flags = { ...tenantFlag, ...workspaceFlag, ...pageFlags }

  override async run(): Promise<ShownSchedule> {
    const { args, flags } = await this.parse(ScheduleShow)
    return this.withTenant(flags.tenant, 'schedule.read', async ({ operator, tenant }) => {
      const found = await operator.schedules.show(tenant.id, flags.workspace, args.name)
      const view = foundOr(found, 'schedule', args.name, `neuronx schedule list --tenant ${tenant.slug}`)
      const runs = await operator.schedules.runs(tenant.id, flags.workspace, args.name, pageOf(flags))
      return { ...view, runs }
    })
  }

  protected override render({ runs, ...view }: ShownSchedule): void {
    this.output.print(renderFacts(scheduleFacts(view), this.output))
    this.output.print('')
    this.printPage(runs, runColumns, 'It has not run yet.')
  }
}
