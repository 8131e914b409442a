import type { TypedDocument } from '../../../control-plane/documents/document-kind.ts'
import type { StoredDocument } from '../../../control-plane/documents/document.ts'
import type { LeadScoreSpec } from '../../kinds/lead-score-shape.ts'
import { readsOf } from '../../conditions/facts/reads-of.ts'

/** What moves a score, and the events that it emits when it enters a band. */
export interface ScoreFacts {
  readonly document: StoredDocument
  readonly name: string
  /** Fields that its factors of the state read. */
  readonly reads: ReadonlySet<string>
  /** Events that give points, by type: the factor's index. */
  readonly listens: ReadonlyMap<string, number>
  readonly bands: ReadonlyArray<{ readonly index: number; readonly emit: string }>
}

const known = new WeakMap<StoredDocument, { readonly spec: LeadScoreSpec; readonly facts: ScoreFacts }>()

/** The facts of a score. Made once per document. */
export function scoreFactsOf({ document, spec }: TypedDocument<LeadScoreSpec>): ScoreFacts {
  const earlier = known.get(document)
  if (earlier?.spec === spec) return earlier.facts
  const facts: ScoreFacts = {
    document,
    name: spec.name,
    reads: new Set(
      spec.factors.flatMap(({ on, value, when }) =>
        on === undefined ? [...readsOf(value ?? when ?? 'false')] : [],
      ),
    ),
    listens: new Map(spec.factors.flatMap(({ on }, index) => (on === undefined ? [] : [[on, index]]))),
    bands: spec.bands.flatMap(({ emit }, index) => (emit === undefined ? [] : [{ index, emit }])),
  }
  known.set(document, { spec, facts })
  return facts
}
