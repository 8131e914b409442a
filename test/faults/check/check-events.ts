import type { History, LoggedRow, Violation, WriterOperation } from './history.ts'

/** I1, I2 and the events' half of I5: nothing lost, nothing applied twice, in order, nothing out of nowhere. */
export function checkEvents(history: History): readonly Violation[] {
  return [
    ...checkAccepted(history),
    ...checkApplied(history),
    ...checkEntities(history),
    ...checkWriterOrder(history),
  ]
}

/** By what an event is recognised: emitted ones carry their cause's counter, so they get a mark. */
export function markOf(row: Pick<LoggedRow, 'counter' | 'type'>): string | null {
  return row.counter === null ? null : row.type === 'lead.echoed' ? `echo:${row.counter}` : row.counter
}

function checkAccepted({ operations, facts }: History): readonly Violation[] {
  const found: Violation[] = []
  const rows = Map.groupBy(
    facts.log.filter((row) => markOf(row) !== null),
    (row) => markOf(row) as string,
  )
  const byCounter = Map.groupBy(operations, ({ counter }) => counter)
  for (const [counter, tries] of byCounter) {
    const stored = rows.get(counter) ?? []
    const accepted = tries.filter(({ end }) => end === 'ok')
    if (accepted.length > 0 && stored.length === 0)
      found.push({ invariant: 'I1', what: 'lost: accepted, and not in the log', subject: counter })
    if (stored.length > 1)
      found.push({ invariant: 'I1', what: `stored ${stored.length} times`, subject: counter })
    if (tries.every(({ end }) => end === 'fail') && stored.length > 0)
      found.push({ invariant: 'I1', what: 'refused, and stored all the same', subject: counter })
    for (const { eventId } of accepted) {
      if (eventId !== null && stored[0] !== undefined && stored[0].eventId !== eventId)
        found.push({ invariant: 'I1', what: 'the answer named another event', subject: counter })
    }
    found.push(...checkEcho(counter, tries[0], stored.length > 0, rows.get(`echo:${counter}`)?.length ?? 0))
  }
  for (const mark of rows.keys()) {
    if (!byCounter.has(mark.replace(/^echo:/, '')))
      found.push({ invariant: 'I5', what: 'phantom: an event that nobody sent', subject: mark })
  }
  return found
}

function checkEcho(
  counter: string,
  asked: WriterOperation | undefined,
  stored: boolean,
  echoes: number,
): readonly Violation[] {
  const wanted = stored && asked?.asks.echo === true ? 1 : 0
  if (echoes === wanted) return []
  return [
    { invariant: 'I1', what: `its rule emits ${wanted} events, ${echoes} are logged`, subject: counter },
  ]
}

function checkApplied({ facts }: History): readonly Violation[] {
  const found: Violation[] = []
  const decisions = Map.groupBy(facts.decisions, ({ eventId }) => eventId)
  const put = new Set(facts.letters.flatMap(({ eventId, source }) => (source === 'event' ? [eventId] : [])))
  const known = new Map(facts.log.map((row) => [row.eventId, row]))
  for (const row of facts.log) {
    if (row.entitySeq === null) continue
    const applied = decisions.get(row.eventId)?.length ?? 0
    if (applied === 0 && !put.has(row.eventId))
      found.push({ invariant: 'I1', what: 'lost: logged, and never applied', subject: row.eventId })
    if (applied > 1) found.push({ invariant: 'I1', what: `applied ${applied} times`, subject: row.eventId })
  }
  for (const [eventId, [decision]] of decisions) {
    const row = known.get(eventId)
    if (row === undefined)
      found.push({ invariant: 'I5', what: 'phantom: applied, and not in the log', subject: eventId })
    else if (decision !== undefined && decision.entitySeq !== row.entitySeq)
      found.push({ invariant: 'I2', what: 'applied under another number than logged', subject: eventId })
  }
  return found
}

function checkEntities({ facts }: History): readonly Violation[] {
  const found: Violation[] = []
  const put = new Set(facts.letters.flatMap(({ eventId, source }) => (source === 'event' ? [eventId] : [])))
  const entities = new Map(facts.entities.map((entity) => [entity.entityKey, entity]))
  const travelled = facts.log.filter((row) => row.entitySeq !== null)
  for (const [entityKey, rows] of Map.groupBy(travelled, (row) => row.entityKey)) {
    const inOrder = rows.toSorted((a, b) => (a.entitySeq ?? 0) - (b.entitySeq ?? 0))
    const step = inOrder.findIndex((row, index) => row.entitySeq !== index + 1)
    if (step !== -1)
      found.push({ invariant: 'I2', what: `its order has a step at ${step + 1}`, subject: entityKey })
    const entity = entities.get(entityKey)
    if (entity === undefined) {
      found.push({ invariant: 'I2', what: 'has events and no state', subject: entityKey })
      continue
    }
    if (entity.appliedSeq !== inOrder.length || entity.headSeq !== inOrder.length)
      found.push({
        invariant: 'I2',
        what: `${inOrder.length} events, head ${entity.headSeq}, applied ${entity.appliedSeq}`,
        subject: entityKey,
      })
    const trail = inOrder
      .filter((row) => !put.has(row.eventId))
      .map(markOf)
      .filter((mark) => mark !== null)
      .map((mark) => `,${mark}`)
      .join('')
    if (entity.trail !== trail)
      found.push({
        invariant: 'I2',
        what: 'its state was not made by its events in order',
        subject: entityKey,
      })
  }
  return found
}

/** What one writer was promised before it sent the next is before the next. */
function checkWriterOrder({ operations, facts }: History): readonly Violation[] {
  const found: Violation[] = []
  const rows = new Map(facts.log.map((row) => [row.eventId, row]))
  const first = new Map<string, WriterOperation>()
  for (const operation of operations) {
    if (operation.end !== 'ok' || operation.duplicate || first.has(operation.counter)) continue
    first.set(operation.counter, operation)
  }
  // A repeat may have come first to the log: only what was sent once has a known moment.
  const tries = Map.groupBy(operations, ({ counter }) => counter)
  const plain = [...first.values()].filter(({ counter }) => tries.get(counter)?.length === 1)
  for (const same of Map.groupBy(plain, ({ writer, subject }) => `${writer} ${subject}`).values()) {
    const inTime = same.toSorted((a, b) => a.invokedMs - b.invokedMs)
    for (const [index, later] of inTime.entries()) {
      const earlier = inTime[index - 1]
      if (earlier === undefined || earlier.endedMs > later.invokedMs) continue
      const [before, after] = [rows.get(earlier.eventId ?? ''), rows.get(later.eventId ?? '')]
      if ((before?.entitySeq ?? 0) > (after?.entitySeq ?? Number.POSITIVE_INFINITY))
        found.push({ invariant: 'I2', what: `logged before ${earlier.counter}`, subject: later.counter })
    }
  }
  return found
}
