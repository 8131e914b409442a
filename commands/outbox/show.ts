import { foundOr } from '../../src/cli/errors/not-found.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { shortDuration } from '../../src/cli/text/relative-time.ts'
import { fenceText, untilText } from '../../src/cli/views/outbox-texts.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { EventProgress, OutboxEntry } from '../../src/messaging/reading/event-reader.ts'
import { publishHindrance } from '../../src/messaging/reading/publish-hindrance.ts'
import type { PublishHindrance } from '../../src/messaging/reading/publish-hindrance.ts'

/** A row of the outbox, and what keeps it off the bus while it is pending. */
interface OutboxDetails extends OutboxEntry {
  /** Of the daemon that publishes its shard; null: nobody does. */
  readonly owner: string | null
  readonly hindrance: PublishHindrance | null
}

export default class OutboxShow extends OperatorCommand<OutboxDetails> {
  static override summary = 'Show one row of the outbox: its place, its publishing, and what became of it.'
  static override description =
    'The id is the one that the gateway answered with. APPLIED is how long after its acceptance the event was decided. What is in the event: `event show`; what followed from it: `event trace`.'
  static override examples = [
    { description: 'Why is it not on the bus?', command: 'neuronx outbox show 0199… --tenant acme' },
    { description: 'In a script:', command: 'neuronx outbox show 0199… --tenant acme --json' },
  ]
  static override args = { id: requiredArg('Id of the event.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<OutboxDetails> {
    const { args, flags } = await this.parse(OutboxShow)
    return this.withTenant(flags.tenant, 'outbox.read', async ({ operator, tenant }) => {
      const found = await operator.messages.outboxEntry(tenant.id, args.id)
      const entry = foundOr(found, 'event', args.id, `neuronx outbox list --tenant ${tenant.slug}`)
      const stats = await operator.messages.outboxStats()
      const owner = stats.shards.find(({ shard }) => shard === entry.shard)?.owner ?? null
      return { ...entry, owner, hindrance: publishHindrance(entry, stats) }
    })
  }

  protected override render(entry: OutboxDetails): void {
    const { subject, position, trouble, hindrance } = entry
    const facts = [
      ['ID', entry.id],
      ['TYPE', entry.eventType],
      ['SUBJECT', `${subject.kind}/${subject.id}`],
      ['WORKSPACE', entry.workspace],
      ['STATUS', entry.status],
      ['WAITS FOR', hindrance === null ? null : hindranceText(hindrance)],
      ['ACCEPTED', entry.createdAt],
      ['APPLIED', progressText(entry.progress)],
      ['PLACE', entry.entitySeq === null ? null : `${entry.entitySeq} of its entity`],
      ['POSITION', `${position.txid}/${position.pos} of shard ${entry.shard}`],
      ['OWNER', entry.owner],
      ['RETRIES', entry.retryCount],
      ['LAST ERROR', trouble === null ? null : `${trouble.error} (${trouble.at})`],
    ] as const
    this.output.print(renderFacts(facts, this.output))
  }
}

function progressText(progress: EventProgress): string {
  switch (progress.state) {
    case 'recorded':
      return 'never: nothing listens to it'
    case 'waiting':
      return progress.before === 0 ? 'not yet' : `not yet: ${progress.before} of its entity stand before it`
    case 'applied':
      return `${progress.at}, after ${shortDuration(progress.latencyMs)}; version ${progress.entityVersion} of its entity`
    case 'put_aside':
      return progress.deadLetterId === null
        ? 'never: it was put aside'
        : `never: neuronx dlq show ${progress.deadLetterId}`
  }
}

function hindranceText(hindrance: PublishHindrance): string {
  switch (hindrance.kind) {
    case 'paused':
      return `neuronx outbox resume (paused ${untilText(hindrance.until)} by ${hindrance.by}: ${hindrance.reason})`
    case 'unowned':
      return 'a daemon: nobody owns its shard'
    case 'refused':
      return 'the bus: it did not take it'
    case 'fence':
      return `a transaction to end: ${fenceText(hindrance.fence)}`
    case 'queue':
      return `its turn: ${hindrance.pending} of its shard are not published`
  }
}
