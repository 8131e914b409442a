import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { canonicalJson, readPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import { explainCondition } from '../conditions/explain-condition.ts'
import type { ClauseTree } from '../conditions/explain-condition.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import { partPlaces } from './part-places.ts'
import type { PartPlace } from './part-places.ts'
import { runCase } from './run-case.ts'
import type { PreparedCase } from './run-case.ts'
import type { TestFailure } from './test-failure.ts'
import { isNamed } from './test-failure.ts'
import type { Happening, TestWorld } from './test-world.ts'
import { watchConfig } from './watch-config.ts'
import type { ConditionPart } from './watch-config.ts'

/** Conditions shown with one failure. */
export const explainedConditionsMax = 12
const evaluationsOfRuleMax = 3

/** Why a value was what it was. */
export interface ValueOrigin {
  /** `lead.score`, `event.text`. */
  readonly path: string
  readonly value: JsonValue
  /** In words: `given`, `step 2`, `RuleSet/x#y`, `never set`. */
  readonly from: string
  /** Where that is written; null: nowhere. */
  readonly place: PartPlace | null
}

/** A condition that has to do with a failure, as it was evaluated. */
export interface ExplainedCondition {
  readonly cause: string
  /** Index of the test's step in which it was evaluated. */
  readonly step: number
  readonly place: PartPlace | null
  readonly clauses: ClauseTree
  readonly origins: readonly ValueOrigin[]
}

export interface FailureExplanation {
  readonly conditions: readonly ExplainedCondition[]
  /** What is not seen from conditions: that a rule was never looked at, and why; who wrote a field. */
  readonly notes: readonly string[]
}

interface Evaluation {
  readonly part: ConditionPart
  readonly values: VariableValues
  /** Index of the event under which it was evaluated. */
  readonly at: number
}

/** Runs a failed case once more, watching its conditions, and says for each failure what those concerned yielded. */
export function explainFailures(
  prepared: PreparedCase,
  documents: DocumentSet,
  config: SalesConfig,
  failures: readonly TestFailure[],
): readonly FailureExplanation[] {
  const evaluations: Evaluation[] = []
  let world: TestWorld | null = null
  const watched = watchConfig(config, (part, values) => {
    evaluations.push({ part, values, at: world?.happened.length ?? 0 })
  })
  const run = runCase(prepared, watched, (begun) => (world = begun))
  const teller = new Teller(prepared, documents, config, run.world, evaluations)
  return failures.map((failure) => teller.explain(failure))
}

class Teller {
  readonly #prepared: PreparedCase
  readonly #places: ReadonlyMap<string, PartPlace>
  readonly #config: SalesConfig
  readonly #world: TestWorld
  readonly #evaluations: readonly Evaluation[]

  constructor(
    prepared: PreparedCase,
    documents: DocumentSet,
    config: SalesConfig,
    world: TestWorld,
    evaluations: readonly Evaluation[],
  ) {
    this.#prepared = prepared
    this.#places = partPlaces(documents)
    this.#config = config
    this.#world = world
    this.#evaluations = evaluations
  }

  explain(failure: TestFailure): FailureExplanation {
    const key = failure.path.find((part) => typeof part === 'string' && part !== 'steps' && part !== 'expect')
    if (key === 'state' || key === 'tags' || key === 'not_tags') return this.#field(failure)
    const cause = failure.cause ?? this.#causeOf(failure, key)
    if (cause === null) return { conditions: [], notes: [] }
    const step = failure.path[0] === 'steps' ? failure.path[1] : null
    const mine = this.#evaluations.filter(
      ({ part, at }) =>
        concerns(part.cause, cause) && (step === null || this.#world.happened[at]?.step === step),
    )
    const chosen = latest(mine, cause.startsWith('RuleSet/') ? evaluationsOfRuleMax : 1)
    return {
      conditions: chosen.map((evaluation) => this.#explained(evaluation)),
      notes: mine.length === 0 ? this.#unseen(cause) : [],
    }
  }

  /** The rule or step that an expectation names. */
  #causeOf({ expected }: TestFailure, key: string | number | undefined): string | null {
    if (typeof expected !== 'string') return null
    const kind =
      key === 'fired' || key === 'not_fired'
        ? 'RuleSet/'
        : key === 'ran' || key === 'waiting_at'
          ? 'Workflow/'
          : null
    if (kind === null) return null
    return (
      [...this.#places.keys()].find((cause) => cause.startsWith(kind) && isNamed(cause, expected)) ?? null
    )
  }

  #unseen(cause: string): readonly string[] {
    const [set = '', id = ''] = cause.slice(cause.indexOf('/') + 1).split('#')
    const rule = cause.startsWith('RuleSet/') ? this.#config.rule(`${set}/${id}`) : null
    if (rule === null) return []
    const events = this.#world.happened.filter(({ event }) => event.type === rule.on)
    if (events.length === 0) return [`${rule.on}, which it listens to, did not happen`]
    if (rule.when === null && events.every(({ event }) => event.subject.kind === rule.entityKind)) return []
    const kinds = [...new Set(events.map(({ event }) => event.subject.kind))].join(', ')
    return [`It is about a ${rule.entityKind ?? 'subject'}, and ${rule.on} was about a ${kinds}`]
  }

  #field({ path, cause }: TestFailure): FailureExplanation {
    const name = String(path.at(-1) ?? '')
    const field = typeof path.at(-1) === 'number' ? 'tags' : name.slice(name.indexOf('.') + 1)
    const writer = this.#world.happened
      .flatMap(({ step, decision }) => decision.changes.map((change) => ({ ...change, step })))
      .findLast((change) => change.field === field || change.field === name)
    if (writer === undefined) return { conditions: [], notes: [`${field} was never written`] }
    const by = writer.by === 'event' ? 'the event' : writer.by
    const note = `${writer.field} was written by ${by} in step ${writer.step + 1}`
    return { conditions: [], notes: cause === null ? [note] : [] }
  }

  #explained({ part, values, at }: Evaluation): ExplainedCondition {
    const place = this.#places.get(part.cause)
    const happening = this.#world.happened[at]
    const clauses = explainCondition(part.condition, values)
    return {
      cause: part.cause,
      step: happening?.step ?? 0,
      place: place === undefined ? null : { document: place.document, path: [...place.path, ...part.path] },
      clauses,
      origins: part.condition.reads.map((path) => this.#origin(path, values, at)),
    }
  }

  #origin(path: string, values: VariableValues, at: number): ValueOrigin {
    const value = readPath(values as unknown as JsonObject, path) ?? null
    const [root = ''] = path.split('.', 1)
    const field = path.slice(root.length + 1)
    const happening = this.#world.happened[at]
    const origin = (from: string, place: PartPlace | null): ValueOrigin => ({ path, value, from, place })
    if (happening === undefined) return origin('', null)
    if (root === 'event') return origin(...this.#eventOrigin(happening, field))
    if (root !== happening.event.subject.kind)
      return origin(root === 'now' ? 'the clock of the test' : root, null)
    const key = entityKey(happening.event.workspace, happening.event.subject)
    for (let index = at; index >= 0; index -= 1) {
      const earlier = this.#world.happened[index]
      if (earlier === undefined || entityKey(earlier.event.workspace, earlier.event.subject) !== key) continue
      const change = earlier.decision.changes.findLast(
        (candidate) => candidate.field === field && canonicalJson(candidate.to) === canonicalJson(value),
      )
      if (change === undefined) continue
      if (change.by === 'event') return origin(...this.#eventOrigin(earlier, field))
      return origin(change.by, this.#places.get(change.by) ?? null)
    }
    const given = Object.keys(this.#prepared.spec.given).find((name) => name.split('/')[0] === root)
    if (given !== undefined && readPath(this.#prepared.spec.given[given] as JsonObject, field) !== undefined)
      return origin('given', this.#written(['given', given, ...field.split('.')]))
    return origin('never set', null)
  }

  #eventOrigin({ step, event }: Happening, field: string): [string, PartPlace | null] {
    const number = `step ${step + 1}`
    const written = this.#prepared.spec.steps[step]?.event
    if (event.origin !== 'external' || written === undefined) return [`${event.type} in ${number}`, null]
    const nested = Object.hasOwn(written, field.split('.')[0] ?? '') ? [] : ['data']
    return [number, this.#written(['steps', step, 'event', ...nested, ...field.split('.')])]
  }

  #written(path: readonly (string | number)[]): PartPlace {
    const { document, path: base, sourceOf } = this.#prepared
    return { document, path: [...base, ...sourceOf(path)] }
  }
}

/** A failure about a whole score or workflow concerns all its parts. */
function concerns(part: string, cause: string): boolean {
  if (part === cause) return true
  if (cause.startsWith('RuleSet/')) return false
  return part.startsWith(`${cause.split('#')[0]}#`)
}

/** The last evaluations of each condition, in the order in which they happened. */
function latest(evaluations: readonly Evaluation[], each: number): readonly Evaluation[] {
  const counts = new Map<string, number>()
  const chosen = evaluations.toReversed().filter(({ part }) => {
    const key = `${part.cause} ${part.path.join('.')}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    return count <= each
  })
  return chosen.slice(0, explainedConditionsMax).toReversed()
}
