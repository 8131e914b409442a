import type { ClassifyChange } from '../../control-plane/plan/risk-of.ts'

/** What such documents decide reaches outside, or sets how much of it there may be. */
const high = new Set(['Integration', 'Policy', 'Limits', 'RolloutPolicy', 'Fleet'])
/** Nothing is decided by them. */
const low = new Set(['Test'])
/** Texts for people, wherever they stand. */
const texts = /(?:^|[.\]])(?:description|summary|title|note|notes|comment|owner|labels?)(?:$|[.[])/

/** How much a change of a place in a document can do. */
export const classifyChange: ClassifyChange = (kind, path) => {
  if (low.has(kind)) return 'low'
  if (path !== '' && (texts.test(path) || kind === 'Template')) return 'low'
  return high.has(kind) ? 'high' : 'medium'
}
