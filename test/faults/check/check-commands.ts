import type { CommandRow, History, OracleCall, SinkName, Violation } from './history.ts'

/** Answers that prove that nothing was done: the only ones after which a call without a key may be made again. */
const provesNothingDone: ReadonlySet<string> = new Set(['status_422', 'status_429'])

/** I3 to I6: each command once, in lane order, no effect out of nowhere, every command in exactly one place. */
export function checkCommands(history: History): readonly Violation[] {
  return [
    ...checkAsked(history),
    ...checkEffects(history),
    ...checkLaneOrder(history),
    ...checkPhantoms(history),
    ...checkConservation(history),
  ]
}

/** Every stored event has the commands that its rules ask for, and no others. */
function checkAsked({ operations, facts }: History): readonly Violation[] {
  const found: Violation[] = []
  const asks = new Map(operations.map((operation) => [operation.counter, operation.asks]))
  const commands = Map.groupBy(facts.commands, ({ eventId }) => eventId)
  const put = new Set(facts.letters.flatMap(({ eventId, source }) => (source === 'event' ? [eventId] : [])))
  for (const row of facts.log) {
    if (row.counter === null || row.entitySeq === null || put.has(row.eventId)) continue
    const asked = row.type === 'lead.echoed' ? { keyed: false, bare: false } : asks.get(row.counter)
    if (asked === undefined) continue
    for (const sink of ['keyed', 'bare'] as const) {
      const wanted = asked[sink] ? 1 : 0
      const made = (commands.get(row.eventId) ?? []).filter(({ integration }) => integration === sink).length
      if (made !== wanted)
        found.push({
          invariant: 'I3',
          what: `its rules ask for ${wanted} commands to ${sink}, there are ${made}`,
          subject: row.counter,
        })
    }
  }
  return found
}

function checkEffects({ facts, calls }: History): readonly Violation[] {
  const found: Violation[] = []
  const letters = new Set(facts.letters.map(({ commandId }) => commandId))
  const bySubject = Map.groupBy(calls, ({ sink, counter }) => `${sink} ${counter}`)
  for (const command of facts.commands) {
    const made = bySubject.get(`${command.integration} ${command.counter}`) ?? []
    const effects = made.filter(({ effect }) => effect).length
    const subject = `${command.counter} (${command.integration}, ${command.state})`
    const say = (what: string): void => void found.push({ invariant: 'I3', what, subject })
    if (effects > 1) say(`double: ${effects} effects`)
    if (command.state === 'succeeded' && effects === 0) say('said to have succeeded, and had no effect')
    if (command.state === 'cancelled') say('cancelled, and nobody did that')
    if ((command.state === 'dead' || command.state === 'in_doubt') && !letters.has(command.id))
      say('silent: ended badly without a dead letter')
    if ((command.state === 'waiting' || command.state === 'ready') && effects > 0)
      say('had its effect and is still queued')
    if (new Set(made.map(({ bodyHash }) => bodyHash)).size > 1) say('called with different bodies')
    if (new Set(made.map(({ key }) => key)).size > 1) say('called under different keys')
    if (command.integration === 'bare') found.push(...checkUncheckedRepeat(made, subject))
  }
  return found
}

/** Without keys a call of which nobody knows whether it took effect is never followed by another. */
function checkUncheckedRepeat(made: readonly OracleCall[], subject: string): readonly Violation[] {
  const ambiguous = made.slice(0, -1).filter(({ answer }) => !provesNothingDone.has(answer))
  if (ambiguous.length === 0) return []
  return [{ invariant: 'I3', what: `repeated unchecked after ${ambiguous[0]?.answer}`, subject }]
}

/** The effects of a lane come in the order of the events that asked for them. */
function checkLaneOrder({ facts, calls }: History): readonly Violation[] {
  const found: Violation[] = []
  const seqOf = new Map(facts.log.map(({ eventId, entitySeq }) => [eventId, entitySeq ?? 0]))
  const effectOf = new Map<string, number>()
  for (const { sink, counter, effect, n } of calls)
    if (effect && !effectOf.has(`${sink} ${counter}`)) effectOf.set(`${sink} ${counter}`, n)
  const lanes = Map.groupBy(facts.commands, ({ integration, entityKey }) => `${integration} ${entityKey}`)
  for (const [lane, commands] of lanes) {
    let before = 0
    for (const command of commands.toSorted(
      (a, b) => (seqOf.get(a.eventId) ?? 0) - (seqOf.get(b.eventId) ?? 0),
    )) {
      const effect = effectOf.get(`${command.integration} ${command.counter}`)
      if (effect === undefined) continue
      if (effect < before)
        found.push({
          invariant: 'I4',
          what: `overtaken in its lane (${lane})`,
          subject: String(command.counter),
        })
      before = Math.max(before, effect)
    }
  }
  return found
}

function checkPhantoms({ facts, calls }: History): readonly Violation[] {
  const events = new Set(facts.log.map(({ eventId }) => eventId))
  const known = new Set(facts.commands.map(({ integration, counter }) => `${integration} ${counter}`))
  const orphans = facts.commands
    .filter(({ eventId }) => !events.has(eventId))
    .map(({ id }): Violation => ({
      invariant: 'I5',
      what: 'phantom: a command without its event',
      subject: id,
    }))
  const ghosts = calls
    .filter(({ sink, counter }) => !known.has(`${sink} ${counter}`))
    .map(({ counter }): Violation => ({
      invariant: 'I5',
      what: 'phantom: a call without a command',
      subject: counter,
    }))
  return [...orphans, ...ghosts]
}

/** At rest nothing is leased or ready, and what waits, waits behind a doubt. */
function checkConservation({ facts }: History): readonly Violation[] {
  const doubts = new Set(facts.commands.filter(({ state }) => state === 'in_doubt').map(laneOf))
  return facts.commands.flatMap((command): Violation[] => {
    const say = (what: string): Violation[] => [{ invariant: 'I6', what, subject: command.id }]
    switch (command.state) {
      case 'missing':
        return say('is neither queued nor ended')
      case 'both':
        return say('is queued and ended')
      case 'leased':
      case 'ready':
        return say(`is ${command.state} at rest`)
      case 'waiting':
        return doubts.has(laneOf(command)) ? [] : say('waits behind nothing')
      default:
        return []
    }
  })
}

function laneOf({ integration, entityKey }: CommandRow): string {
  return `${integration} ${entityKey}`
}

/** Counts of a run for people: what was asked, what became of it. */
export function countCommands(history: History): Readonly<Record<string, number>> {
  const { commands } = history.facts
  const count = (state: CommandRow['state']): number =>
    commands.filter((command) => command.state === state).length
  const effects = (sink: SinkName): number =>
    history.calls.filter((call) => call.sink === sink && call.effect).length
  const perCommand = Map.groupBy(history.calls, ({ sink, counter }) => `${sink} ${counter}`)
  return {
    commands: commands.length,
    succeeded: count('succeeded'),
    inDoubt: count('in_doubt'),
    waitingBehindDoubt: count('waiting'),
    dead: count('dead'),
    calls: history.calls.length,
    calledMoreThanOnce: [...perCommand.values()].filter(({ length }) => length > 1).length,
    effectsKeyed: effects('keyed'),
    effectsBare: effects('bare'),
  }
}
