import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { EventView } from '../../src/messaging/reading/event-reader.ts'

export default class EventShow extends OperatorCommand<EventView> {
  static override summary = 'Show one event as it was accepted.'
  static override description = 'The id is the one that the gateway answered with, not the producer’s.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx event show 0199… --tenant acme' },
    {
      description: 'Its data alone:',
      command: 'neuronx event show 0199… --tenant acme --json | jq .data.data',
    },
  ]
  static override args = { id: requiredArg('Id of the event.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<EventView> {
    const { args, flags } = await this.parse(EventShow)
    return this.withTenant(flags.tenant, 'event.read', async ({ operator, tenant }) =>
      foundOr(
        await operator.messages.event(tenant.id, args.id),
        'event',
        args.id,
        `neuronx outbox list --tenant ${tenant.slug}`,
      ),
    )
  }

  protected override render(event: EventView): void {
    const facts = [
      ['ID', event.id],
      ['TYPE', event.type],
      ['SUBJECT', `${event.subject.kind}/${event.subject.id}`],
      ['WORKSPACE', event.workspace],
      ['SOURCE', `${event.source} (${event.externalId})`],
      ['ORIGIN', event.origin],
      ['TIME', event.time],
      ['ACCEPTED', event.acceptedAt],
      ['STATUS', event.status],
      ['PLACE', event.entitySeq === null ? null : `${event.entitySeq} of its entity, shard ${event.shard}`],
      ['CAUSED BY', event.causationId],
      ['ROOT', `${event.rootId} (depth ${event.depth})`],
      ['CORRELATION', event.correlationId],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${this.output.theme.faint('DATA')}\n${renderJson(event.data)}`)
  }
}
