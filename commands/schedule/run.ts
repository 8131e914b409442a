import { boolean } from '@oclif/core/flags'
import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { ScheduleRun } from '../../src/sales-core/schedules/schedule-run.ts'

export default class ScheduleRunNow extends OperatorCommand<ScheduleRun> {
  static override summary = 'Let a schedule run once more, now.'
  static override description =
    'A daemon carries the run out; when its next one is due does not change. Each entity gets an event of this run of its own, whatever earlier runs made.'
  static override examples = [
    {
      description: 'With a reason for the audit log:',
      command: 'neuronx schedule run nightly --now --tenant acme --reason "after the import"',
    },
    {
      description: 'In another workspace:',
      command: 'neuronx schedule run nightly --now --tenant acme --workspace eu',
    },
  ]
  static override args = { name: requiredArg('Name of the schedule.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
    now: boolean({
      required: true,
      summary: 'Now, not when it is due: the only time that can be asked for.',
    }),
  }

  override async run(): Promise<ScheduleRun> {
    const { args, flags } = await this.parse(ScheduleRunNow)
    return this.withTenant(flags.tenant, 'schedule.manage', async ({ operator, tenant }) => {
      const at = { tenantId: tenant.id, workspace: flags.workspace, name: args.name }
      return operator.schedules.requestRun(at, operator.actor, flags.reason ?? null)
    })
  }

  protected override render(run: ScheduleRun): void {
    this.output.print(`${run.schedule} runs now: run ${run.id}`)
    const place = `--workspace ${run.workspace} --tenant ${this.tenantSlug}`
    this.output.tell(`next  neuronx schedule show ${run.schedule} ${place}`)
  }
}
