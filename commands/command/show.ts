import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import type { CommandView } from '../../src/messaging/reading/event-reader.ts'

export default class CommandShow extends OperatorCommand<CommandView> {
  static override summary = 'Show one command: its input, attempts and result.'
  static override description = 'The id is the one of `command list`, of a trace, or of a dead letter.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx command show 6f0e… --tenant acme' },
    { description: 'Everything:', command: 'neuronx command show 6f0e… --tenant acme --json' },
  ]
  static override args = { id: requiredArg('Id of the command.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<CommandView> {
    const { args, flags } = await this.parse(CommandShow)
    return this.withTenant(flags.tenant, 'command.read', async ({ operator, tenant }) =>
      foundOr(
        await operator.messages.command(tenant.id, args.id),
        'command',
        args.id,
        'neuronx command list',
      ),
    )
  }

  protected override render(view: CommandView): void {
    const { command, error } = view
    const facts = [
      ['ID', command.id],
      ['CALL', `${command.integration}.${command.operation}`],
      ['STATE', view.state],
      ['ENTITY', command.entityKey],
      ['CAUSE', command.cause],
      ['EVENT', command.eventId],
      ['KEY', command.idempotencyKey],
      ['REPEATABLE', command.repeatable],
      ['ATTEMPTS', view.attempts],
      ['SENT', view.sentAt],
      ['NEXT', view.nextAttemptAt],
      ['ENDED', view.endedAt],
      ['ERROR', error === null ? null : `${error.code}: ${error.message}`],
      ['ANSWER', error?.answer ?? null],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${this.output.theme.faint('INPUT')}\n${renderJson(command.input)}`)
    if (view.result !== null)
      this.output.print(`\n${this.output.theme.faint('RESULT')}\n${renderJson(view.result)}`)
  }
}
