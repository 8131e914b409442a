import type { RelatedPlace } from '../../../control-plane/documents/document-kind.ts'
import { pathsMeet } from '../../conditions/facts/reads-of.ts'
import { isEmpty, intersection, setOf } from '../../conditions/facts/value-set.ts'
import type { ConstantValue } from '../../conditions/facts/value-set.ts'
import type { Emission, FieldWrite, RuleFacts } from '../rules/rule-facts.ts'
import { isConstant } from '../rules/rule-facts.ts'
import type { ScoreFacts } from './score-facts.ts'

/** A rule, or the entering of a score's band: what an event sets off and what may emit the next event. */
export type GraphNode =
  | { readonly kind: 'rule'; readonly facts: RuleFacts }
  | { readonly kind: 'band'; readonly score: ScoreFacts; readonly index: number; readonly emit: string }

/** `to` may follow from `from`; the places say how. */
export interface GraphEdge {
  readonly to: GraphNode
  readonly steps: readonly RelatedPlace[]
  /** Does a chain of its own begin here? */
  readonly startsAnew: boolean
}

/**
 * What may follow from what: a rule's emitted event, or one that comes back of its calls and messages, sets off the rules that listen to it; a field that a rule sets, or an event,
 * moves the scores that read it, whose bands emit events. Fields alone set off nothing. Edges are made when they are asked for.
 */
export class EventGraph {
  readonly nodes: readonly GraphNode[]
  readonly #listeners = new Map<string, GraphNode[]>()
  readonly #scores: readonly ScoreFacts[]
  readonly #bands = new Map<ScoreFacts, readonly GraphNode[]>()

  /** `rules` are those that may take part in a cycle. */
  constructor(rules: readonly RuleFacts[], scores: readonly ScoreFacts[]) {
    this.#scores = scores.filter(({ bands }) => bands.length > 0)
    const ruleNodes = rules.map((facts): GraphNode => ({ kind: 'rule', facts }))
    for (const node of ruleNodes) {
      if (node.kind !== 'rule') continue
      const listeners = this.#listeners.get(node.facts.rule.on)
      if (listeners === undefined) this.#listeners.set(node.facts.rule.on, [node])
      else listeners.push(node)
    }
    for (const score of this.#scores) {
      this.#bands.set(
        score,
        score.bands.map((band): GraphNode => ({ kind: 'band', score, ...band })),
      )
    }
    this.nodes = [...ruleNodes, ...[...this.#bands.values()].flat()]
  }

  edgesFrom(node: GraphNode): readonly GraphEdge[] {
    if (node.kind === 'band') {
      const { document } = node.score
      const place = {
        document,
        path: ['bands', node.index, 'emit'],
        message: `${node.score.name} emits ${node.emit}`,
      }
      return this.#follows(node.emit, null, [place], node.score)
    }
    const { facts } = node
    return [
      ...facts.emissions.flatMap((emission) =>
        this.#follows(emission.type, emission, [emissionPlace(facts, emission)], null),
      ),
      ...facts.writes.flatMap((write) => this.#moves(facts, write)),
    ]
  }

  /** What listens to an event: rules, and scores that give points for it. A score is not moved by entering its own band. */
  #follows(
    type: string,
    emission: Emission | null,
    steps: readonly RelatedPlace[],
    by: ScoreFacts | null,
  ): readonly GraphEdge[] {
    const startsAnew = emission?.startsAnew === true
    const rules = (this.#listeners.get(type) ?? []).filter(
      (node) => node.kind === 'rule' && (emission === null || mayReach(emission, node.facts)),
    )
    const scores = this.#scores.flatMap((score) => {
      const factor = score.listens.get(type)
      if (factor === undefined || score === by) return []
      const place = {
        document: score.document,
        path: ['factors', factor],
        message: `${score.name} counts ${type}`,
      }
      return (this.#bands.get(score) ?? []).map((to) => ({ to, steps: [...steps, place], startsAnew }))
    })
    return [...rules.map((to) => ({ to, steps, startsAnew })), ...scores]
  }

  /** The bands that a field's new value may lead to. A rule that a band set off does not enter that same band again by it. */
  #moves(facts: RuleFacts, write: FieldWrite): readonly GraphEdge[] {
    return this.#scores
      .filter(({ reads }) => [...reads].some((path) => pathsMeet(path, write.field)))
      .flatMap((score) =>
        (this.#bands.get(score) ?? [])
          .filter((to) => to.kind === 'band' && to.emit !== facts.rule.on)
          .map((to) => ({ to, steps: [writePlace(facts, write, score)], startsAnew: false })),
      )
  }
}

/** May an emitted event meet a rule's condition? Its constant data may be what the condition excludes. */
function mayReach(emission: Emission, { when }: RuleFacts): boolean {
  if (when === null || when === 'unknown') return true
  return when.whenTrue.some((situation) =>
    [...situation].every(([term, { set }]) => {
      const value = emission.data[term.replace(/^event\./, '')]
      const isKnown =
        term.startsWith('event.') && value !== undefined && isConstant(value) && !isContainer(value)
      return !isKnown || !isEmpty(intersection(set, setOf([value as ConstantValue])))
    }),
  )
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function emissionPlace(facts: RuleFacts, { type, actionIndex, via }: Emission): RelatedPlace {
  const { path: inside, message } = via ?? { path: ['emit', 'type'], message: `emits ${type}` }
  const path = ['rules', facts.index, 'then', actionIndex, ...inside]
  return { document: facts.document, path, message: `${facts.ref} on ${facts.rule.on} ${message}` }
}

function writePlace(facts: RuleFacts, { field, actionIndex }: FieldWrite, score: ScoreFacts): RelatedPlace {
  const path = ['rules', facts.index, 'then', actionIndex, 'set', field]
  const message = `${facts.ref} on ${facts.rule.on} sets ${field}, which moves ${score.name}`
  return { document: facts.document, path, message }
}
