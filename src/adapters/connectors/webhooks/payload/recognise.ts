import type { JsonValue } from '../../../../kernel/json.ts'
import type { PayloadShape } from '../webhook-definition.ts'
import { payloadMatches } from './payload-match.ts'

export type Recognition =
  | { readonly state: 'as_named' }
  /** By its shape, as another type than it names, or although it names none. */
  | { readonly state: 'by_shape'; readonly as: string; readonly isRegular: boolean }
  | { readonly state: 'ambiguous'; readonly as: readonly string[] }
  | { readonly state: 'unknown' }

/**
 * What a payload is: as its type says, unless that is missing or known to be wrong. One shape must fit, not two. An unknown type is not
 * guessed at: it may mean what no mapping has thought of.
 */
export function recognise(
  payload: JsonValue,
  type: string | null,
  isKnown: boolean,
  shapes: readonly PayloadShape[],
): Recognition {
  const candidates = shapes.filter(({ corrects }) =>
    type === null ? corrects === undefined : (corrects ?? []).includes(type),
  )
  const fitting = candidates.filter(({ match }) => payloadMatches(payload, match))
  const names = [...new Set(fitting.map(({ as }) => as))]
  const [first] = fitting
  if (first === undefined) return { state: isKnown ? 'as_named' : 'unknown' }
  return names.length === 1
    ? { state: 'by_shape', as: first.as, isRegular: fitting.every((shape) => shape.isRegular === true) }
    : { state: 'ambiguous', as: names }
}
