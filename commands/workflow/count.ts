import { string as stringArg } from '@oclif/core/args'
import { tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import type { InstanceCount, InstanceTotal } from '../../src/sales-core/reading/workflow-reader.ts'

interface Counted {
  /** An instance that waits in several branches is in each of them. */
  readonly places: readonly InstanceCount[]
  /** Each instance once. */
  readonly totals: readonly InstanceTotal[]
}

export default class WorkflowCount extends OperatorCommand<Counted> {
  static override summary = 'Count workflow instances by status, step and definition.'
  static override description =
    'Counts are of the rows as they are now: by status, and of those who wait by step and by the definition they are on.'
  static override examples = [
    { description: 'All workflows:', command: 'neuronx workflow count --tenant acme' },
    { description: 'One:', command: 'neuronx workflow count speed-to-lead --tenant acme --json' },
  ]
  static override args = {
    workflow: stringArg({ ignoreStdin: true, description: 'Only this workflow.' }),
  }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<Counted> {
    const { args, flags } = await this.parse(WorkflowCount)
    const { workflow } = args
    const { workspace } = flags
    return this.withTenant(flags.tenant, 'workflow.read', async ({ operator, tenant }) => {
      if (workflow !== undefined) {
        const { requireNames } = await import('../../src/app/workflows/require-names.ts')
        await requireNames(operator, { tenant, workspace }, [{ workflow }])
      }
      return await operator.workflows.counts(tenant.id, workspace, workflow ?? null)
    })
  }

  protected override render({ places, totals }: Counted): void {
    if (totals.length === 0) return this.output.tell('There are no instances.')
    const columns = [
      { title: 'WORKFLOW', value: (one: InstanceCount) => one.workflow },
      { title: 'STATUS', value: (one: InstanceCount) => one.status },
      { title: 'AT', value: (one: InstanceCount) => one.step, shrink: true },
      { title: 'DEFINITION', value: (one: InstanceCount) => one.definitionDigest.slice(0, 12) },
      { title: 'INSTANCES', value: (one: InstanceCount) => one.count, align: 'right' as const },
    ]
    this.output.print(renderTable(places, columns, this.output))
    const all = totals.reduce((sum, { count }) => sum + count, 0)
    this.output.tell(`${all} instance(s) in all`)
  }
}
