import type { DocumentSet, TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import { textsOfCondition } from '../../conditions/mutate-condition.ts'
import { leadScoreShape } from '../../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../../kinds/rule-set-shape.ts'
import { eachStep } from '../../kinds/workflow/each-step.ts'
import { workflowShape } from '../../kinds/workflow-shape.ts'
import { policyKind } from '../../kinds/outreach/policy-kind.ts'
import { scheduleShape } from '../../kinds/outreach/schedule-shape.ts'
import { mutatePolicy } from './mutate-policy.ts'
import { mutateSchedule } from './mutate-schedule.ts'
import type { Mutant } from './mutant.ts'
import { mutateRules } from './mutate-rules.ts'
import { mutateScore } from './mutate-score.ts'
import { mutateWorkflow } from './mutate-workflow.ts'

/** All changes of the documents of a set, one after the other; `isWanted` picks documents. */
export function* listMutants(
  documents: DocumentSet,
  isWanted: (document: TypedDocument['document']) => boolean,
): Generator<Mutant> {
  const texts = constantTexts(documents)
  for (const typed of documents.ofKind(ruleSetShape))
    if (isWanted(typed.document)) yield* mutateRules(typed, texts)
  for (const typed of documents.ofKind(leadScoreShape))
    if (isWanted(typed.document)) yield* mutateScore(typed, texts)
  for (const typed of documents.ofKind(workflowShape))
    if (isWanted(typed.document)) yield* mutateWorkflow(typed, texts)
  for (const typed of documents.ofKind(scheduleShape))
    if (isWanted(typed.document)) yield* mutateSchedule(typed, texts)
  for (const typed of documents.ofKind(policyKind))
    if (isWanted(typed.document)) yield* mutatePolicy(typed, documents)
}

/** Texts that the conditions of a set compare with, sorted. */
function constantTexts(documents: DocumentSet): readonly string[] {
  return [...new Set(conditionsOf(documents).flatMap(textsOfCondition))].sort()
}

function conditionsOf(documents: DocumentSet): readonly string[] {
  const rules = documents.ofKind(ruleSetShape).flatMap(({ spec }) => spec.rules)
  const factors = documents.ofKind(leadScoreShape).flatMap(({ spec }) => spec.factors)
  const flows = documents.ofKind(workflowShape).map(({ spec }) => spec)
  const steps = flows.flatMap((spec) => eachStep(spec.steps).map(({ step }) => step))
  const visits = documents.ofKind(scheduleShape).map(({ spec }) => spec.for_each)
  return [
    ...rules.flatMap(({ when, unless_followed_by: absence }) => [when, absence?.where]),
    ...factors.flatMap(({ when, value }) => [when, value]),
    ...flows.flatMap(({ start, goal, stop_when: stops = [] }) => [
      start?.when,
      goal,
      ...stops.map(({ when }) => when),
    ]),
    ...steps.flatMap(({ wait_for: waitFor, choose = [] }) => [
      waitFor?.where,
      ...choose.map(({ when }) => when),
    ]),
    ...visits.map((each) => (each === 'tenant' ? undefined : each.where)),
  ].filter((source) => source !== undefined)
}
