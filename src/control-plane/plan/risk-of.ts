import type { RiskClass } from '../revisions/plan-store.ts'
import type { BehaviourDiff, PlannedDocument, Risk } from './plan-report.ts'

/** What a change of a place in a document can do: `path` is empty for the document itself. */
export type ClassifyChange = (kind: string, path: string) => 'low' | 'medium' | 'high'

/** When a risk class needs the approval of others. */
export interface ApprovalRule {
  readonly risk: Exclude<RiskClass, 'none'>
  readonly approvers: number
}

/** More customer-facing actions than this, relative to before, are a change of volume. */
const volumeChangeMax = 0.1
const classes: readonly RiskClass[] = ['none', 'low', 'medium', 'high']

interface Reason {
  readonly class: RiskClass
  readonly text: string
}

/**
 * How much can go wrong, and why. Texts and tests are low; what is global, removes something, touches what the kinds call high, or
 * changes how much customers are sent, is high; the rest is medium. Pure.
 */
export function riskOf(
  documents: readonly PlannedDocument[],
  behaviour: readonly BehaviourDiff[],
  classify: ClassifyChange,
  approval: ApprovalRule | null,
): Risk {
  const reasons = [
    ...documents.flatMap((document) => reasonsOf(document, classify)),
    ...behaviour.flatMap(volume),
  ]
  const sorted = reasons.toSorted((a, b) => classes.indexOf(b.class) - classes.indexOf(a.class))
  const highest = sorted[0]?.class ?? 'none'
  const needed = approval !== null && classes.indexOf(highest) >= classes.indexOf(approval.risk)
  return {
    class: highest,
    reasons: [...new Set(sorted.filter((reason) => reason.class === highest).map(({ text }) => text))],
    approvers: needed && highest !== 'none' ? approval.approvers : 0,
  }
}

function reasonsOf(document: PlannedDocument, classify: ClassifyChange): readonly Reason[] {
  const { scope, kind, name, change, leaves } = document
  const paths = leaves.length === 0 ? [''] : leaves.map(({ path }) => path)
  const worst = paths.map((path) => classify(kind, path)).reduce(higher)
  const about = `${kind}/${name}`
  if (worst === 'low') return [{ class: 'low', text: `${about}: texts, descriptions or tests only` }]
  const reasons: Reason[] = [{ class: worst, text: `${about}: ${wordOf(change)}` }]
  if (scope === 'global')
    reasons.push({ class: 'high', text: `${about} is global: every tenant is affected` })
  if (change === 'removed') reasons.push({ class: 'high', text: `${about} is removed` })
  const removed = leaves.filter((leaf) => leaf.change === 'removed' && leaf.path.endsWith(']'))
  for (const { path } of removed) reasons.push({ class: 'high', text: `${about}: ${path} is removed` })
  if (worst === 'high')
    reasons.push({ class: 'high', text: `${about}: a ${kind} decides what may be reached, or how much` })
  return reasons
}

function volume({ tenant, workspace, actions, newlyFailing }: BehaviourDiff): readonly Reason[] {
  const where = `${tenant}/${workspace}`
  const reasons: Reason[] = []
  for (const { kind, name, baseline, candidate } of actions) {
    if (kind !== 'send' && kind !== 'call') continue
    if (Math.abs(candidate - baseline) <= baseline * volumeChangeMax) continue
    reasons.push({
      class: 'high',
      text: `${where}: ${name} goes from ${baseline} to ${candidate} in the backtest`,
    })
  }
  if (newlyFailing > 0)
    reasons.push({
      class: 'high',
      text: `${where}: ${newlyFailing} events fail that did not, in the backtest`,
    })
  return reasons
}

function higher(a: 'low' | 'medium' | 'high', b: 'low' | 'medium' | 'high'): 'low' | 'medium' | 'high' {
  return classes.indexOf(a) >= classes.indexOf(b) ? a : b
}

function wordOf(change: PlannedDocument['change']): string {
  return change === 'changed' ? 'what it decides changes' : `it is ${change}`
}
