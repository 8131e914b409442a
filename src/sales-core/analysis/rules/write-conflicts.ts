import type { Problem, SetProblem } from '../../../control-plane/documents/document-kind.ts'
import { canonicalJson } from '../../../kernel/json.ts'
import { implies, neverTogether } from '../../conditions/facts/condition-facts.ts'
import { candidatePairs, pairsMax } from './candidate-pairs.ts'
import type { FieldWrite, RuleFacts } from './rule-facts.ts'
import { inFiringOrder } from './rule-facts.ts'

interface Writer {
  readonly facts: RuleFacts
  readonly write: FieldWrite
}

/** Two writers of one field, both of which may fire for one event. */
interface Conflict {
  readonly winner: Writer
  readonly loser: Writer
  /** Whenever this one applies, the other does, and they want different values. */
  readonly certain: Writer | null
}

/**
 * Rules that set one field for one event, unless it is proved that they never apply together, they want the same constant, or the
 * earlier one is final for their set, or the field declares how writes are merged. A rule that waits fires for an event of its own,
 * where no other does. One problem for each rule of `own`, naming the first that it conflicts with.
 */
export function writeConflicts(
  all: readonly RuleFacts[],
  isOwn: (facts: RuleFacts) => boolean,
  /** Fields with a declared merge: `lead.points`. */
  merged: { has(field: string): boolean },
): readonly SetProblem[] {
  const groups = new Map<string, Writer[]>()
  for (const facts of all) {
    if (facts.waits) continue
    for (const write of facts.writes) {
      if (merged.has(write.field)) continue
      const key = `${facts.rule.on} ${write.field}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [{ facts, write }])
      else group.push({ facts, write })
    }
  }
  return [...groups.values()].flatMap((group) =>
    group.length > 1 && group.some(({ facts }) => isOwn(facts)) ? conflictsOf(group, isOwn) : [],
  )
}

function conflictsOf(group: readonly Writer[], isOwn: (facts: RuleFacts) => boolean): readonly SetProblem[] {
  const ordered = group.toSorted((a, b) => inFiringOrder(a.facts, b.facts))
  const found = new Map<RuleFacts, { conflict: Conflict; others: number; at: Writer }>()
  let pairs = 0
  for (const [winner, loser] of candidatePairs(ordered, ({ facts }) => facts)) {
    pairs += 1
    if (pairs > pairsMax) return [...problemsOf(found), notCompared(ordered, isOwn)]
    const at = isOwn(loser.facts) ? loser : isOwn(winner.facts) ? winner : null
    const conflict = at === null ? null : conflictOf(winner, loser)
    if (at === null || conflict === null) continue
    const earlier = found.get(at.facts)
    if (earlier === undefined) found.set(at.facts, { conflict, others: 0, at })
    else earlier.others += 1
  }
  return problemsOf(found)
}

function problemsOf(
  found: ReadonlyMap<RuleFacts, { conflict: Conflict; others: number; at: Writer }>,
): readonly SetProblem[] {
  return [...found].map(([facts, { conflict, others, at }]) => ({
    document: facts.document,
    problem: problemOf(conflict, others, at),
  }))
}

function conflictOf(winner: Writer, loser: Writer): Conflict | null {
  const [a, b] = [winner.facts, loser.facts]
  if (a === b || a.when === 'unknown' || b.when === 'unknown') return null
  if (a.isFinal && a.document === b.document) return null
  const sameValue = canonicalJson(winner.write.value) === canonicalJson(loser.write.value)
  if (winner.write.isConstant && loser.write.isConstant && sameValue) return null
  if (neverTogether(a.when, b.when)) return null
  const isDifferent = winner.write.isConstant && loser.write.isConstant
  const certain = !isDifferent
    ? null
    : implies(b.when, a.when)
      ? loser
      : implies(a.when, b.when)
        ? winner
        : null
  return { winner, loser, certain }
}

function problemOf({ winner, loser, certain }: Conflict, others: number, at: Writer): Problem {
  const { field } = winner.write
  const other = at === winner ? loser : winner
  const more = others === 0 ? '' : `, and so do ${others} more`
  const { on } = at.facts.rule
  const outcome = `on ${on} ${winner.facts.ref} wins (rank ${winner.facts.rule.rank} to ${loser.facts.rule.rank})`
  const related = [
    { document: other.facts.document, path: pathOf(other), message: `${other.facts.ref} sets ${field}` },
  ]
  const base = { path: pathOf(at), key: true, related }
  if (certain !== null) {
    const [mine, theirs] = [JSON.stringify(at.write.value), JSON.stringify(other.write.value)]
    const [inner, outer] = certain === at ? ['this rule', other.facts.ref] : [other.facts.ref, 'this rule']
    return {
      ...base,
      code: 'NX-CONFIG-CONTRADICTION',
      message: `Whenever ${inner} applies, ${outer} does too: they set ${field} to ${mine} here and ${theirs} there${more}; ${outcome}`,
      fix: `Exclude one in the other's condition, or set ${field} in one of them only.`,
    }
  }
  return {
    ...base,
    code: 'NX-CONFIG-WRITE-CONFLICT',
    message: `${other.facts.ref} sets ${field} too, and both may apply to one ${on}${more}; ${outcome}`,
    fix: 'Make their conditions exclude each other, or declare `merge` for the field in its EntityType; in one set, `match: first` or `final: true` says which goes first.',
  }
}

function pathOf({ facts, write }: Writer): readonly (string | number)[] {
  return ['rules', facts.index, 'then', write.actionIndex, 'set', write.field]
}

function notCompared(group: readonly Writer[], isOwn: (facts: RuleFacts) => boolean): SetProblem {
  const { facts, write } = (group.find((writer) => isOwn(writer.facts)) ?? group[0]) as Writer
  return {
    document: facts.document,
    problem: {
      code: 'NX-CONFIG-ANALYSIS-LIMIT',
      severity: 'warning',
      message: `${group.length} rules set ${write.field} on ${facts.rule.on}: not all pairs were compared`,
      fix: 'Compare one field with a constant in each of them, or put them into one set with `match: first`.',
      path: ['rules', facts.index],
    },
  }
}
