import type { SetProblem } from '../../../control-plane/documents/document-kind.ts'
import { implies, isDead } from '../../conditions/facts/condition-facts.ts'
import { candidatePairs, pairsMax } from './candidate-pairs.ts'
import type { RuleFacts } from './rule-facts.ts'
import { inFiringOrder } from './rule-facts.ts'

/** Rules of one set that never fire, because whenever they hold a final one that goes before them does too. */
export function shadowedRules(rules: readonly RuleFacts[]): readonly SetProblem[] {
  if (!rules.some(({ isFinal }) => isFinal)) return []
  const byEvent = Map.groupBy(rules, ({ rule }) => rule.on)
  return [...byEvent.values()].flatMap((group) => {
    const shadowed = new Map<RuleFacts, RuleFacts>()
    let pairs = 0
    for (const [first, second] of candidatePairs(group.toSorted(inFiringOrder), (facts) => facts)) {
      pairs += 1
      if (pairs > pairsMax) break
      if (!shadowed.has(second) && hides(first, second)) shadowed.set(second, first)
    }
    return [...shadowed].map(([facts, by]) => problemOf(facts, by))
  })
}

function hides(first: RuleFacts, second: RuleFacts): boolean {
  if (!first.isFinal || first.when === 'unknown' || second.when === 'unknown') return false
  // A dead rule is reported as such.
  if (second.when !== null && isDead(second.when)) return false
  // A limit of depth, and what a rule remembers, leave events to the one behind.
  return first.rule.allow_cycle === undefined && !first.mayBeHeld && implies(second.when, first.when)
}

function problemOf(facts: RuleFacts, by: RuleFacts): SetProblem {
  const path = ['rules', facts.index]
  return {
    document: facts.document,
    problem: {
      code: 'NX-CONFIG-SHADOWED',
      message: `The rule never fires: whenever it holds, ${by.ref} (rank ${by.rule.rank}) does too and is the last to fire`,
      fix: 'Give it a higher rank, or narrow the other condition.',
      path: facts.rule.when === undefined ? [...path, 'id'] : [...path, 'when'],
      related: [{ document: by.document, path: ['rules', by.index], message: `${by.ref} goes first` }],
    },
  }
}
