import type { DocumentKind, Reference } from '../../control-plane/documents/document-kind.ts'
import { scoreProblems } from '../analysis/analyse-score.ts'
import { typeCatalogOf } from '../compile/document-types.ts'
import { compileLeadScore } from '../scoring/compile-lead-score.ts'
import type { LeadScoreSpec } from './lead-score-shape.ts'
import { leadScoreShape } from './lead-score-shape.ts'
import { eventReferences } from './references.ts'
import { leadScoreFieldHelp } from './field-help/lead-score-field-help.ts'

/** Declares a score: its factors, its range, its bands and the events they emit. */
export const leadScoreKind: DocumentKind<LeadScoreSpec> = {
  ...leadScoreShape,
  fieldHelp: leadScoreFieldHelp,
  provides: ({ spec }) => [
    { space: 'document', name: spec.name },
    ...spec.bands.flatMap(({ emit }) => (emit === undefined ? [] : [{ space: 'event', name: emit }])),
  ],
  requires: ({ spec }) => [
    entityReference(spec.writes),
    ...spec.factors.flatMap((factor, index) =>
      factor.on === undefined ? [] : eventReferences(factor.on, ['factors', index, 'on']),
    ),
  ],
  check: (typed, set) => [...compileLeadScore(typed, typeCatalogOf(set)).problems, ...scoreProblems(typed)],
}

function entityReference(writes: string): Reference {
  const name = writes.slice(0, writes.indexOf('.'))
  return { space: 'entity', name, path: ['writes'], fix: 'Declare an EntityType of that name.' }
}
