import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { JsonObject } from '../../src/kernel/json.ts'

interface ShownTask {
  readonly id: string
  readonly fields: JsonObject
  /** When something becomes of it by itself; null: never. */
  readonly nextAt: string | null
}

export default class TaskShow extends OperatorCommand<ShownTask> {
  static override summary = 'Show one task: whom it is for, when it is due, who gets it next.'
  static override description =
    'All fields of the task as they are now, and the moment at which something becomes of it by itself: it falls due, or the next of its ladder gets it.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx task show 0198c2d4-… --tenant acme' },
    {
      description: 'With everything that is known:',
      command: 'neuronx task show 0198c2d4-… --tenant acme --json',
    },
  ]
  static override args = { task: requiredArg('The task, by id.') }
  static override flags = { ...tenantFlag, ...workspaceFlag }

  override async run(): Promise<ShownTask> {
    const { args, flags } = await this.parse(TaskShow)
    const { nextTaskTime, taskState } = await import('../../src/sales-core/people/task-state.ts')
    return this.withTenant(flags.tenant, 'entity.read', async ({ operator, tenant }) => {
      const view = await operator.entities.byId(tenant.id, flags.workspace, { kind: 'task', id: args.task })
      const task = view === null ? null : taskState(view.fields)
      foundOr(task, 'task', args.task, `neuronx task list --tenant ${tenant.slug}`)
      return {
        id: args.task,
        fields: view?.fields ?? {},
        nextAt: task === null ? null : nextTaskTime(task),
      }
    })
  }

  protected override render({ id, fields, nextAt }: ShownTask): void {
    const text = (field: string): string | null => {
      const value = fields[field]
      return value == null ? null : typeof value === 'string' ? value : JSON.stringify(value)
    }
    this.output.print(
      renderFacts(
        [
          ['task', id],
          ['title', text('title')],
          ['text', text('text')],
          ['status', text('status')],
          ['for', text('for')],
          ['assignee', text('to')],
          ['team', text('team')],
          ['due', text('due')],
          ['overdue', text('overdue')],
          ['next', nextAt],
          ['result', text('result')],
          ['closed by', text('closed_by')],
          ['closed', text('closed_at')],
          ['cause', text('cause')],
        ],
        this.output,
      ),
    )
    this.output.tell(`next  neuronx entity history task/${id} --tenant ${this.tenantSlug}`)
  }
}
