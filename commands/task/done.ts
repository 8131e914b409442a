import { boolean, string } from '@oclif/core/flags'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { AcceptedEvent } from '../../src/messaging/intake/event-intake.ts'

export default class TaskDone extends OperatorCommand<AcceptedEvent> {
  static override summary = 'Say that a task is done, or that nobody has to do it any more.'
  static override description =
    'The daemon closes it and tells the entity that it is about (task.closed): a workflow that waits for it goes on.'
  static override examples = [
    { description: 'Done:', command: 'neuronx task done 0198c2d4-… --tenant acme --outcome booked' },
    {
      description: 'Not needed any more:',
      command: 'neuronx task done 0198c2d4-… --tenant acme --cancelled',
    },
  ]
  static override args = { task: requiredArg('The task, by id.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    outcome: string({ summary: 'What came of it, or why it is cancelled.', helpValue: 'TEXT' }),
    by: string({ summary: 'Who did it. Default: who runs the command.', helpValue: 'NAME' }),
    cancelled: boolean({ summary: 'It is not done: nobody has to do it any more.' }),
  }

  override async run(): Promise<AcceptedEvent> {
    const { args, flags } = await this.parse(TaskDone)
    const { tellTask } = await import('../../src/app/tasks/tell-task.ts')
    const { actorName } = await import('../../src/platform/access/actor.ts')
    return this.withTenant(flags.tenant, 'event.publish', async ({ operator, tenant }) => {
      const by = flags.by ?? actorName(operator.actor)
      const word = flags.cancelled
        ? { type: 'task.cancelled', data: { by, reason: flags.outcome } }
        : { type: 'task.completed', data: { by, outcome: flags.outcome } }
      return tellTask(operator, tenant, flags.workspace, args.task, word)
    })
  }

  protected override render({ id }: AcceptedEvent): void {
    this.output.print(`accepted ${id}`)
    this.output.tell(`next  neuronx event trace ${id} --tenant ${this.tenantSlug}`)
  }
}
