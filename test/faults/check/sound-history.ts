import type { CommandRow, DatabaseFacts, History, LoggedRow, OracleCall, WriterOperation } from './history.ts'

/** What a test changes in a sound history, part by part. */
export interface Changes {
  readonly operations?: (all: readonly WriterOperation[]) => readonly WriterOperation[]
  readonly calls?: (all: readonly OracleCall[]) => readonly OracleCall[]
  readonly facts?: (facts: DatabaseFacts) => DatabaseFacts
}

/**
 * A small history in which every promise was kept: one writer, two leads, six events, two of them with commands to both
 * sinks, one that emits.
 */
export function soundHistory(changes: Changes = {}): History {
  const operations = [1, 2, 3, 4, 5, 6].map(operation)
  const log = [...operations.map(logged), echo(3, 4)]
  const calls = operations.filter(({ asks }) => asks.keyed).flatMap(callsOf)
  const facts: DatabaseFacts = {
    log,
    decisions: log.map(({ eventId, entityKey, entitySeq }) => ({
      eventId,
      entityKey,
      entitySeq: entitySeq ?? 0,
    })),
    entities: [
      { entityKey: 'default/lead/1', appliedSeq: 4, headSeq: 4, trail: ',w1-1,w1-3,w1-5,echo:w1-3' },
      { entityKey: 'default/lead/0', appliedSeq: 3, headSeq: 3, trail: ',w1-2,w1-4,w1-6' },
    ],
    commands: operations.filter(({ asks }) => asks.keyed).flatMap(commandsOf),
    letters: [],
  }
  return {
    operations: changes.operations?.(operations) ?? operations,
    calls: changes.calls?.(calls) ?? calls,
    facts: changes.facts?.(facts) ?? facts,
  }
}

function operation(nth: number): WriterOperation {
  const called = nth === 1 || nth === 5
  return {
    writer: 'w1',
    counter: `w1-${nth}`,
    subject: `lead/${nth % 2}`,
    via: 'event',
    asks: { keyed: called, bare: called, echo: nth === 3 },
    invokedMs: nth * 10,
    endedMs: nth * 10 + 5,
    end: 'ok',
    eventId: `event-${nth}`,
    duplicate: false,
    detail: null,
  }
}

function logged({ counter, subject, eventId }: WriterOperation, index: number): LoggedRow {
  return {
    eventId: eventId ?? '',
    entityKey: `default/${subject}`,
    entitySeq: Math.floor(index / 2) + 1,
    type: 'lead.touched',
    origin: 'external',
    counter,
  }
}

function echo(nth: number, entitySeq: number): LoggedRow {
  return {
    eventId: `echo-${nth}`,
    entityKey: 'default/lead/1',
    entitySeq,
    type: 'lead.echoed',
    origin: 'emitted',
    counter: `w1-${nth}`,
  }
}

function commandsOf({ counter, eventId }: WriterOperation): readonly CommandRow[] {
  return (['keyed', 'bare'] as const).map((integration) => ({
    id: `${integration}-${counter}`,
    eventId: eventId ?? '',
    entityKey: 'default/lead/1',
    integration,
    counter,
    attempts: 1,
    state: 'succeeded',
  }))
}

function callsOf({ counter, invokedMs }: WriterOperation, index: number): readonly OracleCall[] {
  return (['keyed', 'bare'] as const).map((sink, nth) => ({
    n: index * 2 + nth + 1,
    atMs: invokedMs,
    sink,
    key: sink === 'keyed' ? `key-${counter}` : null,
    counter,
    subject: '1',
    bodyHash: `hash-${counter}`,
    effect: true,
    answer: 'ok',
  }))
}
