import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { scheduleState } from '../../src/cli/views/schedule-views.ts'
import type { ScheduleView } from '../../src/sales-core/schedules/schedule-control.ts'

export default class SchedulePause extends OperatorCommand<ScheduleView> {
  static override summary = 'Stop a schedule: nothing of it runs until it is resumed.'
  static override description =
    'A run under way stops after the entities being looked at, and goes on there when it is resumed. Runs that come due meanwhile are not caught up.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx schedule pause nightly --tenant acme --reason "vendor is down"',
    },
    {
      description: 'In another workspace:',
      command: 'neuronx schedule pause nightly --tenant acme --workspace eu',
    },
  ]
  static override args = { name: requiredArg('Name of the schedule.') }
  static override flags = { ...tenantFlag, ...workspaceFlag, ...reasonFlag }

  override async run(): Promise<ScheduleView> {
    const { args, flags } = await this.parse(SchedulePause)
    return this.withTenant(flags.tenant, 'schedule.manage', async ({ operator, tenant }) => {
      const at = { tenantId: tenant.id, workspace: flags.workspace, name: args.name }
      return operator.schedules.pause(at, operator.actor, flags.reason ?? null)
    })
  }

  protected override render(view: ScheduleView): void {
    this.output.print(`${view.name} is ${scheduleState(view)}`)
  }
}
