import { string as stringArg } from '@oclif/core/args'
import { string } from '@oclif/core/flags'
import type { ListedWorkflow } from '../../src/app/workflows/list-workflows.ts'
import { pageFlags, pageOf, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { InstanceView } from '../../src/sales-core/reading/workflow-reader.ts'

type Listed = { readonly workflows: readonly ListedWorkflow[] } | { readonly instances: Page<InstanceView> }

export default class WorkflowList extends OperatorCommand<Listed> {
  static override summary = 'List workflows with who is in them, or the instances of one.'
  static override description =
    'Without a name: every workflow of the workspace, and those that were removed while instances go on. With a name: its instances, oldest first.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx workflow list --tenant acme' },
    {
      description: 'Who waits at a step:',
      command: 'neuronx workflow list speed-to-lead --step reply --tenant acme',
    },
    {
      description: 'Who failed:',
      command: 'neuronx workflow list speed-to-lead --status failed --tenant acme --json',
    },
  ]
  static override args = {
    workflow: stringArg({ ignoreStdin: true, description: 'List the instances of this workflow.' }),
  }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...pageFlags,
    status: string({
      options: ['waiting', 'done', 'failed'],
      default: 'waiting',
      summary: 'With a name: which instances.',
      helpValue: 'STATUS',
    }),
    step: string({ summary: 'With a name: only those that wait, or failed, there.', helpValue: 'STEP' }),
  }

  #workspace = ''

  override async run(): Promise<Listed> {
    const { args, flags } = await this.parse(WorkflowList)
    const { workflow } = args
    this.#workspace = flags.workspace
    return this.withTenant(flags.tenant, 'workflow.read', async ({ operator, tenant }) => {
      const { workspace } = flags
      if (workflow === undefined) {
        const { listWorkflows } = await import('../../src/app/workflows/list-workflows.ts')
        return { workflows: await listWorkflows(operator, { tenant, workspace }) }
      }
      const { requireNames } = await import('../../src/app/workflows/require-names.ts')
      await requireNames(operator, { tenant, workspace }, [{ workflow, step: flags.step }])
      const status = flags.status as InstanceView['status']
      const filter = { workflow, status, ...(flags.step === undefined ? {} : { step: flags.step }) }
      return { instances: await operator.workflows.list(tenant.id, workspace, filter, pageOf(flags)) }
    })
  }

  protected override render(listed: Listed): void {
    if ('workflows' in listed) return this.#workflows(listed.workflows)
    const columns = [
      { title: 'INSTANCE', value: (one: InstanceView) => one.id },
      { title: 'ENTITY', value: (one: InstanceView) => one.entity },
      { title: 'AT', value: (one: InstanceView) => one.steps.join(', '), shrink: true },
      { title: 'GOES ON', value: (one: InstanceView) => one.wakeAt },
      { title: 'STARTED', value: (one: InstanceView) => one.startedAt },
      { title: 'DEFINITION', value: (one: InstanceView) => one.definitionDigest.slice(0, 12) },
    ]
    this.printPage(listed.instances, columns, 'There are no such instances.')
  }

  #workflows(workflows: readonly ListedWorkflow[]): void {
    if (workflows.length === 0) return this.output.tell('There are no workflows in this workspace.')
    const columns = [
      { title: 'WORKFLOW', value: (one: ListedWorkflow) => one.name },
      { title: 'STARTS', value: (one: ListedWorkflow) => one.starts, shrink: true },
      { title: 'WAITING', value: (one: ListedWorkflow) => one.waiting, align: 'right' as const },
      { title: 'FAILED', value: (one: ListedWorkflow) => one.failed, align: 'right' as const },
      { title: 'DONE', value: (one: ListedWorkflow) => one.done, align: 'right' as const },
      { title: 'OLDER', value: (one: ListedWorkflow) => one.onOthers, align: 'right' as const },
      {
        title: 'WHERE',
        value: (one: ListedWorkflow) => one.steps.map(({ step, count }) => `${step} ${count}`).join(', '),
        shrink: true,
      },
    ]
    this.output.print(renderTable(workflows, columns, this.output))
    const place = `--workspace ${this.#workspace} --tenant ${this.tenantSlug}`
    this.output.tell(
      `next  neuronx workflow list WORKFLOW ${place} · neuronx workflow graph WORKFLOW ${place}`,
    )
  }
}
