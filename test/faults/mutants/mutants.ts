/** How a defence is taken out, and who must notice. Unmutated these tests pass. */
export interface Mutant {
  /** The defence. */
  readonly name: string
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  readonly tests: MutantTests
}

/** Test files, narrowed by `grep` where only few of their tests are needed; or seeds of the simulation. */
export type MutantTests =
  | { readonly files: readonly string[]; readonly grep?: string }
  | { readonly seeds: number; readonly point?: string }

const outbox = 'src/adapters/postgres/events/postgres-event-log-outbox.ts'
const outboxTests = { files: ['test/adapters/postgres/postgres-event-log-outbox.test.ts'] }
const decisions = { files: ['test/adapters/postgres/postgres-decision-store.test.ts'] }
const queue = { files: ['test/adapters/postgres/commands/postgres-command-queue.test.ts'] }
const simulated = { seeds: 300 }

export const mutants: readonly Mutant[] = [
  {
    name: 'the relay reads only what no earlier transaction can overtake (xid fence)',
    file: outbox,
    find: '      and e.txid < (select pg_snapshot_xmin(pg_current_snapshot()))\n',
    replace: '',
    tests: outboxTests,
  },
  {
    name: 'the cursor follows the order of (txid, pos)',
    file: outbox,
    find: '(e.txid, e.pos) > (c.txid, c.pos)\n',
    replace: 'e.pos > c.pos\n',
    tests: outboxTests,
  },
  {
    name: 'a cursor moves only under the epoch of its lease',
    file: outbox,
    find: 'join shard s on s.shard = m.shard and s.epoch = m.epoch\n  order by',
    replace: 'join shard s on s.shard = m.shard\n  order by',
    tests: outboxTests,
  },
  {
    name: 'a transaction holds the epochs of its shards still',
    file: 'src/adapters/postgres/decisions/postgres-decision-store.ts',
    find: 'order by shard for key share',
    replace: 'order by shard',
    tests: decisions,
  },
  {
    name: 'a transaction under a lost lease is refused',
    file: 'src/adapters/postgres/decisions/postgres-decision-store.ts',
    find: '  if (lost.length === 0) return\n',
    replace: '  if (lost.length >= 0) return\n',
    tests: decisions,
  },
  {
    name: 'what was applied is not applied again (applied_seq)',
    file: 'src/adapters/postgres/decisions/load-entities.ts',
    find: 'for (let seq = row.applied_seq + 1; seq <= newest; seq += 1)',
    replace: 'for (let seq = Math.min(row.applied_seq + 1, ...group.bySeq.keys()); seq <= newest; seq += 1)',
    tests: decisions,
  },
  {
    name: 'gaps are filled from the log',
    file: 'src/adapters/postgres/decisions/load-entities.ts',
    find: '    if (from < newest)\n',
    replace: '    if (from < 0)\n',
    tests: decisions,
  },
  {
    name: 'the reconciler publishes again what the bus lost',
    file: 'src/messaging/relay/reconciler.ts',
    find: 'return (await this.#overdue()).filter(({ eventId }) => suspects.has(eventId))',
    replace: 'return []',
    tests: simulated,
  },
  {
    name: 'what the bus has not passed is not lost (settledTo)',
    file: 'src/messaging/relay/reconciler.ts',
    find: 'return standsBefore(bound, progress.settledTo)',
    replace: 'return true',
    tests: { files: ['test/messaging/relay/reconciler.test.ts'] },
  },
  {
    name: 'what the bus has passed is lost although there is a backlog (settledTo)',
    file: 'src/messaging/relay/reconciler.ts',
    find: 'return standsBefore(bound, progress.settledTo)',
    replace: 'return false',
    tests: { files: ['test/messaging/relay/reconciler.test.ts'] },
  },
  {
    name: 'what the bus has nothing left of is lost (backlog)',
    file: 'src/messaging/relay/reconciler.ts',
    find: '    if (progress.backlog === 0) return true\n',
    replace: '    if (progress.backlog < 0) return true\n',
    tests: simulated,
  },
  {
    name: 'an attempt whose lease is over is not begun',
    file: 'src/messaging/dispatch/dispatcher.ts',
    find: "command.repeatable === 'yes' || marked.has(command.id)",
    replace: "command.repeatable === 'yes' || marked.size >= 0",
    tests: { files: ['test/messaging/dispatch/dispatcher.test.ts'] },
  },
  {
    name: 'each repair has a publish number of its own',
    file: 'src/messaging/relay/reconciler.ts',
    find: '    this.#publishNumber += 1\n',
    replace: '    this.#publishNumber = 1\n',
    tests: simulated,
  },
  {
    name: 'a refused event is tried alone',
    file: 'src/messaging/relay/held-shards.ts',
    find: "return isFirst || this.#held.get(shard)?.stop.kind !== 'refused'",
    replace: 'return isFirst || true',
    tests: { files: ['test/messaging/relay/relay-refusals.test.ts'] },
  },
  {
    name: 'a request asks for no more bytes than are free',
    file: 'src/adapters/nats/consumers/pull-room.ts',
    find: 'const bytes = bytesMax - this.#heldBytes - this.#requestedBytes',
    replace: 'const bytes = bytesMax',
    tests: { files: ['test/adapters/nats/pull-budget.test.ts'], grep: 'never counts' },
  },
  {
    name: 'the cursor moves no further than what the bus has acknowledged',
    file: 'src/messaging/relay/relay.ts',
    find: 'await outbox.advance(movesOf(stored, leases))',
    replace: 'await outbox.advance(movesOf(events, leases))',
    tests: { files: ['test/messaging/relay/relay.test.ts'] },
  },
  {
    name: 'a durable ahead of its stream is made again',
    file: 'src/adapters/nats/consumers/durable-keeper.ts',
    find: 'const ahead = info.delivered.stream_seq > lastSeq',
    replace: 'const ahead = lastSeq < 0',
    tests: { files: ['test/adapters/nats/nats-event-bus-faults.test.ts'], grep: 'ahead of a stream' },
  },
  {
    name: 'the publish number is part of the message id',
    file: 'src/adapters/nats/events/message-headers.ts',
    find: '  return `${eventId}:${publishNumber}`',
    replace: '  return `${eventId}:${Math.min(1, publishNumber)}`',
    tests: {
      files: ['test/adapters/nats/nats-event-bus.contract.test.ts'],
      grep: 'swallows an event published again',
    },
  },
  {
    name: 'events are acknowledged after their commit',
    file: 'src/messaging/consume/event-consumer.ts',
    find: "      crashPoints.reach('consumer.before_transaction')\n",
    replace:
      "      for (const message of mine) message.ack()\n      crashPoints.reach('consumer.before_transaction')\n",
    tests: { files: ['test/messaging/consume/event-consumer.test.ts'] },
  },
  {
    name: 'an attempt ends only under its lease number (run_lease)',
    file: 'src/adapters/postgres/commands/settle-attempts.ts',
    find: 'leases.get(leased.command.id) === leased.runLease)',
    replace: 'leases.has(leased.command.id))',
    tests: queue,
  },
  {
    name: 'what may not be repeated is marked before it is sent (sent_at)',
    file: 'src/messaging/dispatch/dispatcher.ts',
    find: 'this.#stopping ? [] : await this.#confirmSend(cleared)',
    replace: 'this.#stopping ? [] : cleared',
    tests: simulated,
  },
  {
    name: 'what was sent and never answered is in doubt',
    file: 'src/adapters/postgres/commands/leased-row.ts',
    find: 'if (row.repeatable || !sent) {',
    replace: 'if (row.repeatable || sent || !sent) {',
    tests: queue,
  },
  {
    name: 'an unknown outcome is not tried again',
    file: 'src/messaging/dispatch/settlement-of.ts',
    find: "return { state: 'in_doubt', error: outcome.error, durationMs }",
    replace: "return { state: 'retry', error: outcome.error, delayMs: 0, spendsAttempt: true, durationMs }",
    tests: simulated,
  },
  {
    name: 'the next of a lane becomes its head when the head has ended',
    file: 'src/adapters/postgres/commands/settle-statements.ts',
    find: "l.state = 'waiting' order by n limit 1) w)",
    replace: "l.state = 'waiting' order by n limit 0) w)",
    tests: queue,
  },
  {
    name: 'a lane has one head',
    file: 'src/adapters/postgres/commands/insert-commands.ts',
    find: "select command_id, lane_key, tenant_id, integration, priority, 'waiting', next_attempt_at",
    replace:
      "select command_id, lane_key || command_id, tenant_id, integration, priority, 'ready', next_attempt_at",
    tests: queue,
  },
  {
    name: 'leases that ran out are recovered',
    file: 'src/messaging/dispatch/lease-recovery.ts',
    find: 'const recovered = await options.queue.recoverExpired()',
    replace: 'const recovered = 0',
    tests: simulated,
  },
  {
    name: 'parking spends no attempt',
    file: 'src/messaging/dispatch/settlement-of.ts',
    find: 'spendsAttempt: false,',
    replace: 'spendsAttempt: true,',
    tests: { files: ['test/messaging/dispatch/settlement-of.test.ts'] },
  },
  {
    name: 'a repeat is recognised by its inbox key',
    file: 'src/adapters/postgres/events/postgres-event-intake-store.ts',
    find: '  where i.expires_at <= now()\nreturning tenant_id, source, external_id`,',
    replace: 'returning tenant_id, source, external_id`,',
    tests: { files: ['test/adapters/postgres/postgres-event-intake-store.test.ts'] },
  },
  {
    name: 'the idempotency key goes on the wire',
    file: 'src/adapters/connectors/render-request.ts',
    find: "if ('header' in place) headers[place.header.toLowerCase()] = idempotencyKey",
    replace: "if ('header' in place) headers[place.header.toLowerCase()] = ''",
    tests: { files: ['test/adapters/connectors/connector-executor.test.ts'] },
  },
  {
    name: '202 is said after the commit',
    file: 'src/messaging/intake/intake-batcher.ts',
    find: 'const results = await this.#options.store.acceptAll(batch.map(({ request }) => request))',
    replace: `const storing = this.#options.store.acceptAll(batch.map(({ request }) => request))
      for (const { request, resolve } of batch)
        resolve({ state: 'accepted', events: request.events.map(({ event }) => ({ id: event.id, duplicate: false })) })
      const results = await storing`,
    tests: { seeds: 20 },
  },
  {
    name: 'a daemon stops working on a shard when its lease could not be renewed',
    file: 'src/messaging/ownership/shard-owner.ts',
    find: 'return this.#options.clock.monotonicMs() < this.#validUntilMs ? this.#leases : []',
    replace: 'return this.#leases',
    tests: { files: ['test/messaging/ownership/shard-owner.test.ts'] },
  },
]
