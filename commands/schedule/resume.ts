import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { scheduleState } from '../../src/cli/views/schedule-views.ts'
import type { ScheduleView } from '../../src/sales-core/schedules/schedule-control.ts'

export default class ScheduleResume extends OperatorCommand<ScheduleView> {
  static override summary = 'Let a paused schedule go on.'
  static override description =
    'Its run under way goes on where it stopped. It is next due at its next time from now: what came due while it was paused is not caught up.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx schedule resume nightly --tenant acme --reason "calm again"',
    },
    {
      description: 'In another workspace:',
      command: 'neuronx schedule resume nightly --tenant acme --workspace eu',
    },
  ]
  static override args = { name: requiredArg('Name of the schedule.') }
  static override flags = { ...tenantFlag, ...workspaceFlag, ...reasonFlag }

  override async run(): Promise<ScheduleView> {
    const { args, flags } = await this.parse(ScheduleResume)
    return this.withTenant(flags.tenant, 'schedule.manage', async ({ operator, tenant }) => {
      const at = { tenantId: tenant.id, workspace: flags.workspace, name: args.name }
      return operator.schedules.resume(at, operator.actor, flags.reason ?? null)
    })
  }

  protected override render(view: ScheduleView): void {
    this.output.print(`${view.name} is ${scheduleState(view)}`)
  }
}
