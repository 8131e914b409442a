import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { DocumentPath, StoredDocument } from '../../../control-plane/documents/document.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { RuleSetSpec, RuleSpec } from '../../kinds/rule-set-spec.ts'
import { unfilledType } from '../../people/task-types.ts'
import type { ConditionFacts } from '../../conditions/facts/condition-facts.ts'
import { conditionFacts } from '../../conditions/facts/condition-facts.ts'

/** A field that a rule sets. */
export interface FieldWrite {
  /** With the entity's kind: `lead.stage`. */
  readonly field: string
  readonly value: JsonValue
  /** Is the value the same for every event? */
  readonly isConstant: boolean
  readonly actionIndex: number
}

/** An event that a rule emits, or that comes back of what it calls and sends. */
export interface Emission {
  readonly type: string
  readonly data: Readonly<Record<string, JsonValue>>
  /** Is it about the entity that the rule fired for? */
  readonly isOfSameEntity: boolean
  readonly actionIndex: number
  /** Where in the action it stands, and how; left out: `emit`. */
  readonly via?: { readonly path: DocumentPath; readonly message: string }
  /** It comes from outside: a chain of its own, which no depth stops. */
  readonly startsAnew?: true
}

/** What a rule does, as far as it can be known without data. */
export interface RuleFacts {
  readonly document: StoredDocument
  readonly index: number
  /** `<set>/<rule>` */
  readonly ref: string
  readonly rule: RuleSpec
  /** Null: it has no condition. `unknown`: its condition cannot be read. */
  readonly when: ConditionFacts | null | 'unknown'
  readonly writes: readonly FieldWrite[]
  readonly emissions: readonly Emission[]
  /** When it fires, rules of its set behind it do not. */
  readonly isFinal: boolean
  /** It fires later, if at all, and then for its own event. */
  readonly waits: boolean
  /** May it leave an event that it holds for to the rules behind it, because of what it remembers? */
  readonly mayBeHeld: boolean
  /** Does it fire once for an entity, whatever comes? For a time: once in so long. */
  readonly once: 'ever' | 'for a time' | null
}

const known = new WeakMap<
  StoredDocument,
  { readonly spec: RuleSetSpec; readonly facts: readonly RuleFacts[] }
>()

/** The facts of a set's rules, in its order. Made once per document, however many scopes see it. */
export function ruleFactsOf({ document, spec }: TypedDocument<RuleSetSpec>): readonly RuleFacts[] {
  const earlier = known.get(document)
  if (earlier?.spec === spec) return earlier.facts
  const facts = spec.rules.map((rule, index) => factsOf(document, spec, rule, index))
  known.set(document, { spec, facts })
  return facts
}

function factsOf(document: StoredDocument, spec: RuleSetSpec, rule: RuleSpec, index: number): RuleFacts {
  const actions = [...rule.then.entries()]
  return {
    document,
    index,
    ref: `${spec.name}/${rule.id}`,
    rule,
    when: rule.when === undefined ? null : (conditionFacts(rule.when) ?? 'unknown'),
    writes: actions.flatMap(([actionIndex, { set }]) =>
      Object.entries(set ?? {}).map(([field, value]) => ({
        field,
        value,
        isConstant: isConstant(value),
        actionIndex,
      })),
    ),
    emissions: actions.flatMap(([actionIndex, { emit, assign }]) =>
      emit === undefined
        ? assign?.team === undefined
          ? []
          : // Nobody of the team may take it.
            [{ type: unfilledType, data: { team: assign.team }, isOfSameEntity: true, actionIndex }]
        : [
            {
              type: emit.type,
              data: emit.data ?? {},
              isOfSameEntity: emit.subject === undefined,
              actionIndex,
            },
          ],
    ),
    isFinal: spec.match === 'first' || rule.final === true,
    waits: rule.unless_followed_by !== undefined || rule.throttle?.once_after !== undefined,
    mayBeHeld: rule.once !== undefined || rule.throttle !== undefined,
    once: onceOf(rule),
  }
}

function onceOf({ once }: RuleSpec): RuleFacts['once'] {
  if (once === undefined || [once.per ?? []].flat().some((path) => path.includes('.'))) return null
  return once.within === undefined ? 'ever' : 'for a time'
}

/** Does a value hold no template? */
export function isConstant(value: JsonValue): boolean {
  if (typeof value === 'string') return !value.includes('{{') && !value.includes('{%')
  if (Array.isArray(value)) return (value as readonly JsonValue[]).every(isConstant)
  return (
    !isJsonObject(value) || Object.values(value).every((inner) => inner === undefined || isConstant(inner))
  )
}

/** The order in which rules of one event are judged and fire: rank, then name. */
export function inFiringOrder(a: RuleFacts, b: RuleFacts): number {
  return b.rule.rank - a.rule.rank || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0)
}
