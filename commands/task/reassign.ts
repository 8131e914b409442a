import { string } from '@oclif/core/flags'
import { requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { AcceptedEvent } from '../../src/messaging/intake/event-intake.ts'

export default class TaskReassign extends OperatorCommand<AcceptedEvent> {
  static override summary = 'Give a task to somebody else.'
  static override description =
    'To a person by name, or to whoever of a team is next in turn and has room. Its times stay as they are.'
  static override examples = [
    { description: 'To a person:', command: 'neuronx task reassign 0198c2d4-… --tenant acme --to tom' },
    { description: 'To a team:', command: 'neuronx task reassign 0198c2d4-… --tenant acme --team closers' },
  ]
  static override args = { task: requiredArg('The task, by id.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    to: string({ summary: 'The person.', helpValue: 'NAME', exclusive: ['team'] }),
    team: string({ summary: 'The Team.', helpValue: 'NAME' }),
  }

  override async run(): Promise<AcceptedEvent> {
    const { args, flags } = await this.parse(TaskReassign)
    const { to, team } = flags
    if (to === undefined && team === undefined)
      throw new NxError('usage', 'NX-USAGE', 'To whom?', { fix: 'Add --to NAME or --team NAME.' })
    const { tellTask } = await import('../../src/app/tasks/tell-task.ts')
    const { actorName } = await import('../../src/platform/access/actor.ts')
    return this.withTenant(flags.tenant, 'event.publish', async ({ operator, tenant }) => {
      const data = { to, team, by: actorName(operator.actor) }
      return tellTask(operator, tenant, flags.workspace, args.task, { type: 'task.reassigned', data })
    })
  }

  protected override render({ id }: AcceptedEvent): void {
    this.output.print(`accepted ${id}`)
    this.output.tell(`next  neuronx event trace ${id} --tenant ${this.tenantSlug}`)
  }
}
