import type { SalesConfig } from '../compile/sales-config.ts'
import type { DivergingTurns } from './divergence.ts'
import { divergenceOf, kindOf } from './divergence.ts'
import type {
  ActionDifference,
  Divergence,
  DivergenceKind,
  ErrorDifference,
  NotReplayedReason,
  RuleDifference,
} from './report.ts'
import type { TurnFacts } from './turn-facts.ts'

/** Ids that a count shows. */
const examplesMax = 5
/** Divergences of one kind about one thing: ten of the same say no more than three. */
const perSubjectMax = 3
const gravity: readonly DivergenceKind[] = ['error', 'band', 'action', 'rule', 'score', 'workflow', 'field']

interface Counts {
  baseline: number
  candidate: number
  added: number
  removed: number
}

export interface TallyOptions {
  readonly baseline: SalesConfig
  readonly candidate: SalesConfig
  readonly divergencesMax: number
  readonly showPayload: boolean
}

/** Counts what both arms did. Its size depends on the configurations, never on the number of events. */
export class Tally {
  readonly #options: TallyOptions
  readonly #rules = new Map<string, Counts>()
  readonly #actions = new Map<string, Counts & Pick<ActionDifference, 'kind' | 'name'>>()
  readonly #errors = new Map<string, Counts & { part: string; code: string; examples: string[] }>()
  readonly #notReplayed = new Map<NotReplayedReason, { events: number; examples: string[] }>()
  readonly #divergences: Divergence[] = []
  readonly #perSubject = new Map<string, number>()
  readonly noise = { events: 0, checked: 0, examples: [] as string[] }
  replayed = 0
  changedEvents = 0
  newlyFailing = 0
  fixed = 0
  /** Events about other entities that only one side emits. */
  strayEmits = 0
  /** Commands that only the candidate asks for: their results are not recorded. */
  unansweredCommands = 0

  constructor(options: TallyOptions) {
    this.#options = options
  }

  notReplayed(reason: NotReplayedReason, example: string): void {
    const held = this.#notReplayed.get(reason) ?? { events: 0, examples: [] }
    this.#notReplayed.set(reason, held)
    held.events += 1
    if (held.examples.length < examplesMax) held.examples.push(example)
  }

  noisy(eventId: string): void {
    this.noise.events += 1
    if (this.noise.examples.length < examplesMax) this.noise.examples.push(eventId)
  }

  /** Both arms did the same. */
  same(facts: TurnFacts): void {
    for (const rule of facts.fired) bump(countsOf(this.#rules, rule, newCounts), 1, 1)
    for (const action of facts.actions) bump(this.#action(action), 1, 1)
    for (const { part, code } of facts.failed) bump(this.#error(part, code), 1, 1)
  }

  /** The arms differ. Returns whether in anything that a report shows. */
  different(turns: DivergingTurns): boolean {
    const { baseline, candidate } = turns.facts
    pair(baseline.fired, candidate.fired, (rule, b, c) => bump(countsOf(this.#rules, rule, newCounts), b, c))
    const byLabel = new Map(
      [...baseline.actions, ...candidate.actions].map((a) => [`${a.kind} ${a.name}`, a]),
    )
    const names = (of: TurnFacts) => of.actions.map(({ kind, name }) => `${kind} ${name}`)
    pair(names(baseline), names(candidate), (label, b, c) => {
      const action = byLabel.get(label)
      if (action === undefined) return
      bump(this.#action(action), b, c)
      if (c > b && (action.kind === 'send' || action.kind === 'call')) this.unansweredCommands += c - b
    })
    this.#countErrors(turns)
    const found = kindOf(turns)
    if (found === null) return false
    this.changedEvents += 1
    this.#keep(turns, found)
    return true
  }

  #countErrors({ event, facts }: DivergingTurns): void {
    const keys = (of: TurnFacts) => of.failed.map(({ part, code }) => `${part} ${code}`)
    let added = 0
    let removed = 0
    const known = new Map(
      [...facts.baseline.failed, ...facts.candidate.failed].map((f) => [`${f.part} ${f.code}`, f]),
    )
    pair(keys(facts.baseline), keys(facts.candidate), (key, b, c) => {
      const failure = known.get(key)
      if (failure === undefined) return
      const counts = this.#error(failure.part, failure.code)
      bump(counts, b, c)
      if (c > b) {
        added += 1
        if (counts.examples.length < examplesMax) counts.examples.push(event.id)
      } else if (b > c) removed += 1
    })
    if (added > 0) this.newlyFailing += 1
    else if (removed > 0) this.fixed += 1
  }

  #keep(turns: DivergingTurns, found: { readonly kind: DivergenceKind; readonly about: string }): void {
    const { divergencesMax, baseline, candidate, showPayload } = this.#options
    const subject = `${found.kind} ${found.about}`
    const kept = this.#perSubject.get(subject) ?? 0
    const last = this.#divergences.at(-1)
    const isFull = this.#divergences.length >= divergencesMax
    if (kept >= perSubjectMax || divergencesMax === 0) return
    if (isFull && last !== undefined && rankOf(last.kind) <= rankOf(found.kind)) return
    this.#perSubject.set(subject, kept + 1)
    const divergence = divergenceOf(turns, found, { baseline, candidate }, showPayload)
    const at = this.#divergences.findIndex(({ kind }) => rankOf(kind) > rankOf(found.kind))
    this.#divergences.splice(at < 0 ? this.#divergences.length : at, 0, divergence)
    if (this.#divergences.length > divergencesMax) this.#divergences.pop()
  }

  get divergences(): readonly Divergence[] {
    return this.#divergences
  }

  rules(): readonly RuleDifference[] {
    return [...this.#rules]
      .map(([rule, counts]) => ({ rule, ...counts }))
      .filter(isDifferent)
      .sort((a, b) => weight(b) - weight(a) || (a.rule < b.rule ? -1 : 1))
  }

  /** All actions, those that differ first. */
  actions(): readonly ActionDifference[] {
    return [...this.#actions.values()].sort(
      (a, b) => weight(b) - weight(a) || (`${a.kind} ${a.name}` < `${b.kind} ${b.name}` ? -1 : 1),
    )
  }

  errors(): readonly ErrorDifference[] {
    return [...this.#errors.values()]
      .map(({ part, code, baseline, candidate, added, examples }) => ({
        part,
        code,
        baseline,
        candidate,
        added,
        examples,
      }))
      .sort((a, b) => b.added - a.added || (`${a.part}${a.code}` < `${b.part}${b.code}` ? -1 : 1))
  }

  reasons(): ReadonlyArray<{ reason: NotReplayedReason; events: number; examples: readonly string[] }> {
    return [...this.#notReplayed]
      .map(([reason, held]) => ({ reason, ...held }))
      .sort((a, b) => b.events - a.events || (a.reason < b.reason ? -1 : 1))
  }

  #action({ kind, name }: Pick<ActionDifference, 'kind' | 'name'>): Counts {
    return countsOf(this.#actions, `${kind} ${name}`, () => ({ kind, name, ...newCounts() }))
  }

  #error(part: string, code: string) {
    return countsOf(this.#errors, `${part} ${code}`, () => ({ part, code, examples: [], ...newCounts() }))
  }
}

function newCounts(): Counts {
  return { baseline: 0, candidate: 0, added: 0, removed: 0 }
}

function countsOf<T>(map: Map<string, T>, key: string, make: () => T): T {
  const held = map.get(key) ?? make()
  map.set(key, held)
  return held
}

function bump(counts: Counts, baseline: number, candidate: number): void {
  counts.baseline += baseline
  counts.candidate += candidate
  counts.added += Math.max(0, candidate - baseline)
  counts.removed += Math.max(0, baseline - candidate)
}

/** Hands out how often each text stands in either list. */
function pair(
  baseline: readonly string[],
  candidate: readonly string[],
  each: (text: string, baseline: number, candidate: number) => void,
): void {
  const counts = new Map<string, [number, number]>()
  for (const text of baseline) counts.set(text, [(counts.get(text)?.[0] ?? 0) + 1, 0])
  for (const text of candidate) {
    const [b, c] = counts.get(text) ?? [0, 0]
    counts.set(text, [b, c + 1])
  }
  for (const [text, [b, c]] of counts) each(text, b, c)
}

function rankOf(kind: DivergenceKind): number {
  return gravity.indexOf(kind)
}

function weight({ added, removed }: { readonly added: number; readonly removed: number }): number {
  return added + removed
}

function isDifferent(counts: { readonly added: number; readonly removed: number }): boolean {
  return weight(counts) > 0
}
