import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { renderFacts, renderTable } from '../../src/cli/views/table.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import type { JsonObject } from '../../src/kernel/json.ts'
import type {
  AttemptView,
  CommandPlace,
  LaneNeighbour,
} from '../../src/messaging/commands/dispatch-reader.ts'
import type { CommandView } from '../../src/messaging/reading/event-reader.ts'

/** A command with what stands before it and what was tried. */
interface CommandDetails extends CommandView {
  /** null when it is gone from the database meanwhile. */
  readonly place: CommandPlace | null
}

export default class CommandShow extends OperatorCommand<CommandDetails> {
  static override summary = 'Show one command: its input, attempts, place in its lane and result.'
  static override description = 'The id is the one of `command list`, of a trace, or of a dead letter.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx command show 6f0e… --tenant acme' },
    { description: 'Everything:', command: 'neuronx command show 6f0e… --tenant acme --json' },
  ]
  static override args = { id: requiredArg('Id of the command.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<CommandDetails> {
    const { args, flags } = await this.parse(CommandShow)
    return this.withTenant(flags.tenant, 'command.read', async ({ operator, tenant }) => {
      const found = await operator.messages.command(tenant.id, args.id)
      const view = foundOr(found, 'command', args.id, `neuronx command list --tenant ${tenant.slug}`)
      return { ...view, place: await operator.dispatch.place(tenant.id, args.id) }
    })
  }

  protected override render(view: CommandDetails): void {
    const { command, error, place } = view
    const standing = view.endedAt === null ? (place?.standing ?? null) : null
    const facts = [
      ['ID', command.id],
      ['CALL', `${command.integration}.${command.operation}`],
      ['STATE', view.state],
      ['ENTITY', command.entityKey],
      ['CAUSE', command.cause],
      ['IN PLACE OF', command.parentId],
      ['EVENT', command.eventId],
      ['KEY', command.idempotencyKey],
      ['REPEATABLE', command.repeatable],
      ['ATTEMPTS', view.attempts],
      ['SENT', view.sentAt],
      ['NEXT', view.nextAttemptAt],
      ['BREAKER', standing?.breaker ?? null],
      ['SHUT UNTIL', standing?.shutUntil ?? null],
      ['SHUT BY', standing?.shutUntil == null ? null : standing.reason],
      ['BEHIND', place === null || place.aheadCount === 0 ? null : `${place.aheadCount} in its lane`],
      ['CLEARED ON', clearedOn(place)],
      ['ENDED', view.endedAt],
      ['ERROR', error === null ? null : `${error.code}: ${error.message}`],
      ['ANSWER', error?.answer ?? null],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    if (place !== null) this.#renderPlace(place)
    this.output.print(`\n${this.output.theme.faint('INPUT')}\n${renderJson(command.input)}`)
    if (view.result !== null)
      this.output.print(`\n${this.output.theme.faint('RESULT')}\n${renderJson(view.result)}`)
  }
  #renderPlace({ ahead, attempts }: CommandPlace): void {
    if (ahead.length > 0) {
      const columns = [
        { title: 'AHEAD', value: (one: LaneNeighbour) => one.id },
        { title: 'OPERATION', value: (one: LaneNeighbour) => one.operation, shrink: true },
        { title: 'STATE', value: (one: LaneNeighbour) => one.state },
        { title: 'NEXT', value: (one: LaneNeighbour) => one.nextAttemptAt },
      ]
      this.output.print(`\n${renderTable(ahead, columns, this.output)}`)
    }
    if (attempts.length === 0) return
    const columns = [
      { title: 'ATTEMPT', value: (one: AttemptView) => one.attempt, align: 'right' as const },
      { title: 'AT', value: (one: AttemptView) => one.at },
      { title: 'MS', value: (one: AttemptView) => one.durationMs, align: 'right' as const },
      { title: 'CODE', value: (one: AttemptView) => one.error.code },
      { title: 'MESSAGE', value: (one: AttemptView) => one.error.message, shrink: true },
    ]
    this.output.print(`\n${renderTable(attempts, columns, this.output)}`)
  }
}

/** What the last attempt that passed the policies relied on; null when no policy was about it. */
function clearedOn(place: CommandPlace | null): string | null {
  const last = place?.clearances.at(-1)
  if (last === undefined) return null
  const { policies, consent, template } = last.reliedOn
  const records = Array.isArray(consent) ? (consent as readonly JsonObject[]) : []
  const parts = [
    Array.isArray(policies) ? `policies ${policies.join(', ')}` : null,
    ...records.map(({ purpose, field }) => `consent to ${String(purpose)} (${String(field)})`),
    typeof template === 'string' ? `sent as template ${template}` : null,
  ]
  return parts.filter((part) => part !== null).join('; ')
}
