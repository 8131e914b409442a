import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath, StoredDocument } from '../../control-plane/documents/document.ts'
import { leadScoreShape } from '../kinds/lead-score-shape.ts'
import { ruleSetShape } from '../kinds/rule-set-shape.ts'
import { eachStep } from '../kinds/workflow/each-step.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'

/** Where a part of the configuration is written. */
export interface PartPlace {
  readonly document: StoredDocument
  readonly path: DocumentPath
}

const known = new WeakMap<DocumentSet, ReadonlyMap<string, PartPlace>>()

/** Where the rules, factors, bands and steps of a set are written, by the name that traces give them: `RuleSet/x#y`. Made once per set. */
export function partPlaces(documents: DocumentSet): ReadonlyMap<string, PartPlace> {
  const made = known.get(documents)
  if (made !== undefined) return made
  const places = new Map<string, PartPlace>()
  const add = (cause: string, document: StoredDocument, path: DocumentPath): void => {
    if (!places.has(cause)) places.set(cause, { document, path })
  }
  for (const { document, spec } of documents.ofKind(ruleSetShape)) {
    for (const [index, { id }] of spec.rules.entries())
      add(`RuleSet/${spec.name}#${id}`, document, ['rules', index])
  }
  for (const { document, spec } of documents.ofKind(leadScoreShape)) {
    add(`LeadScore/${spec.name}`, document, [])
    for (const [index, { id }] of spec.factors.entries())
      add(`LeadScore/${spec.name}#${id}`, document, ['factors', index])
    for (const [index, { name }] of spec.bands.entries())
      add(`LeadScore/${spec.name}#${name}`, document, ['bands', index])
  }
  for (const { document, spec } of documents.ofKind(workflowShape)) {
    add(`Workflow/${spec.name}#start`, document, ['start'])
    for (const { step, path } of eachStep(spec.steps)) add(`Workflow/${spec.name}#${step.id}`, document, path)
    for (const name of ['stop_when', 'goal']) add(`Workflow/${spec.name}#${name}`, document, [])
  }
  known.set(documents, places)
  return places
}
