import { boolean, string } from '@oclif/core/flags'
import { pageFlags, pageOf, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { Page } from '../../src/messaging/reading/event-reader.ts'
import type { TaskView } from '../../src/sales-core/reading/task-reader.ts'

export default class TaskList extends OperatorCommand<Page<TaskView>> {
  static override summary = 'List tasks: what people have to do.'
  static override description = 'Open ones, whatever is due next at the top; without a time last.'
  static override examples = [
    { description: 'Everything that is open:', command: 'neuronx task list --tenant acme' },
    { description: "One person's:", command: 'neuronx task list --tenant acme --assignee sara' },
    { description: 'What was done:', command: 'neuronx task list --tenant acme --done --json' },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...pageFlags,
    assignee: string({ summary: 'Only what this person has. Default: everybody.', helpValue: 'NAME' }),
    done: boolean({ summary: 'Those that are done.', exclusive: ['cancelled'] }),
    cancelled: boolean({ summary: 'Those that were cancelled.' }),
  }

  override async run(): Promise<Page<TaskView>> {
    const { flags } = await this.parse(TaskList)
    const status = flags.done ? 'done' : flags.cancelled ? 'cancelled' : 'open'
    const filter = { status, assignee: flags.assignee ?? null } as const
    return this.withTenant(flags.tenant, 'entity.read', ({ operator, tenant }) =>
      operator.tasks.list(tenant.id, flags.workspace, filter, pageOf(flags)),
    )
  }

  protected override render(page: Page<TaskView>): void {
    const columns = [
      { title: 'TASK', value: (task: TaskView) => task.id },
      { title: 'TITLE', value: (task: TaskView) => task.title, shrink: true },
      { title: 'FOR', value: (task: TaskView) => task.about },
      { title: 'ASSIGNEE', value: (task: TaskView) => task.assignee },
      { title: 'DUE', value: (task: TaskView) => task.dueAt },
    ]
    this.printPage(page, columns, 'There are no such tasks.')
  }
}
