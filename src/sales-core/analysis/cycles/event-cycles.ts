import type { RelatedPlace, SetProblem } from '../../../control-plane/documents/document-kind.ts'
import { depthMax } from '../../../messaging/events/event.ts'
import { pathsMeet } from '../../conditions/facts/reads-of.ts'
import { intersection, isEmpty, setOf } from '../../conditions/facts/value-set.ts'
import type { ConstantValue } from '../../conditions/facts/value-set.ts'
import type { FieldWrite, RuleFacts } from '../rules/rule-facts.ts'
import { EventGraph } from './event-graph.ts'
import type { GraphEdge, GraphNode } from './event-graph.ts'
import type { ScoreFacts } from './score-facts.ts'
import { strongComponents } from './strong-components.ts'

/**
 * Events that set themselves off again through rules and scores. A cycle is broken by `allow_cycle`, by `once` for an entity (with
 * `within` only where all of it follows at once: what comes back from outside may come later), by constant data that the next
 * rule's condition excludes, and by a guard: a rule that sets a field to a value which its own condition excludes, and no
 * other rule of the cycle sets back. One problem for each knot of cycles that an own rule takes part in, with a shortest way round.
 */
export function eventCycles(
  rules: readonly RuleFacts[],
  scores: readonly ScoreFacts[],
  isOwn: (facts: RuleFacts) => boolean,
): readonly SetProblem[] {
  const emitting = rules.filter(
    ({ rule, emissions, writes, once }) =>
      rule.allow_cycle === undefined && once !== 'ever' && (emissions.length > 0 || writes.length > 0),
  )
  return knots(emitting, scores).flatMap(({ graph, nodes }) => {
    const start = nodes.find((node) => node.kind === 'rule' && isOwn(node.facts))
    if (start?.kind !== 'rule') return []
    const way = shortestWayRound(graph, start, new Set(nodes))
    return way === null ? [] : [problemOf(start.facts, way)]
  })
}

interface Knot {
  readonly graph: EventGraph
  readonly nodes: readonly GraphNode[]
}

/** The components that are left when guarded rules are taken out, again and again. */
function knots(rules: readonly RuleFacts[], scores: readonly ScoreFacts[]): readonly Knot[] {
  const graph = new EventGraph(rules, scores)
  return strongComponents(graph.nodes, (node) => graph.edgesFrom(node).map(({ to }) => to)).flatMap(
    (nodes) => {
      const inside = nodes.flatMap((node) => (node.kind === 'rule' ? [node.facts] : []))
      const startsAnew = nodes.some((node) =>
        graph.edgesFrom(node).some((edge) => edge.startsAnew && nodes.includes(edge.to)),
      )
      const unguarded = inside.filter(
        (facts) => !isGuarded(facts, inside) && (startsAnew || facts.once === null),
      )
      if (inside.length === 0) return []
      return unguarded.length < inside.length ? knots(unguarded, scores) : [{ graph, nodes }]
    },
  )
}

/** Does the rule make its own condition false, and nobody else in the cycle make it true again? */
function isGuarded(facts: RuleFacts, cycle: readonly RuleFacts[]): boolean {
  const { when, writes, emissions } = facts
  if (when === null || when === 'unknown' || !emissions.every(({ isOfSameEntity }) => isOfSameEntity))
    return false
  return writes.some(
    (write) =>
      excludes(facts, write) &&
      cycle.every(
        (other) =>
          other === facts ||
          other.writes.every((theirs) => !pathsMeet(theirs.field, write.field) || excludes(facts, theirs)),
      ),
  )
}

/** Is the condition false once the field has the value that is written? */
function excludes({ when }: RuleFacts, { field, value, isConstant }: FieldWrite): boolean {
  if (!isConstant || when === null || when === 'unknown' || (typeof value === 'object' && value !== null))
    return false
  const written = setOf([value as ConstantValue])
  return when.whenTrue.every((situation) => {
    const demand = situation.get(field)
    return demand !== undefined && isEmpty(intersection(demand.set, written))
  })
}

/** Breadth first from a node back to itself; null when it is on no cycle of its own. */
function shortestWayRound(
  graph: EventGraph,
  start: GraphNode,
  within: ReadonlySet<GraphNode>,
): readonly GraphEdge[] | null {
  const from = new Map<GraphNode, { readonly node: GraphNode; readonly edge: GraphEdge }>()
  const waiting = [start]
  for (const node of waiting) {
    for (const edge of graph.edgesFrom(node)) {
      if (!within.has(edge.to) || (from.has(edge.to) && edge.to !== start)) continue
      if (!from.has(edge.to)) from.set(edge.to, { node, edge })
      if (edge.to === start) return wayBack(from, start)
      waiting.push(edge.to)
    }
  }
  return null
}

function wayBack(
  from: ReadonlyMap<GraphNode, { readonly node: GraphNode; readonly edge: GraphEdge }>,
  start: GraphNode,
): readonly GraphEdge[] {
  const way: GraphEdge[] = []
  let at = start
  do {
    const step = from.get(at)
    if (step === undefined) return way
    way.unshift(step.edge)
    at = step.node
  } while (at !== start)
  return way
}

function problemOf(facts: RuleFacts, way: readonly GraphEdge[]): SetProblem {
  const related: readonly RelatedPlace[] = way.flatMap(({ steps }) => steps)
  const events = way.map(({ to }) => (to.kind === 'rule' ? to.facts.rule.on : to.emit))
  const named = [facts.rule.on, ...events].filter((event, index, all) => event !== all[index - 1])
  const round = named.length === 1 ? [...named, ...named] : named
  const end = way.some(({ startsAnew }) => startsAnew)
    ? 'each time round begins anew outside: no depth stops them'
    : `stopped at depth ${depthMax}`
  return {
    document: facts.document,
    problem: {
      code: 'NX-CONFIG-CYCLE',
      message: `Events set themselves off without end: ${round.join(' -> ')} (${end})`,
      fix: 'Let a condition exclude the value that its rule sets, give a rule of it `once: { per: lead }`, or write `allow_cycle: { max: 3, why: … }` on a rule of it.',
      path: ['rules', facts.index, 'id'],
      related,
    },
  }
}
