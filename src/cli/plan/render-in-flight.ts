import type { KeptPlan } from '../../app/plan/plan-config.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'

type InFlightChange = NonNullable<KeptPlan['report']['inFlight']>[number]
type InFlightPlace = InFlightChange['places'][number]

/** What becomes of workflow instances that are under way, a line a step. */
export function inFlightLines(
  changes: readonly InFlightChange[],
  { theme }: Pick<Output, 'theme'>,
): readonly string[] {
  return changes.flatMap(({ workspace, workflow, definition, places }) => {
    const isRemoved = definition === null && places.every(({ becomes }) => becomes !== 'untried')
    const gone = isRemoved ? ' (removed)' : ''
    return [
      plainLine(`  ${workspace} ${workflow}${gone}`),
      ...places.map((place) => {
        const line = plainLine(`    ${placeText(place)}`)
        return place.becomes === 'blocked' ? theme.bad(line) : line
      }),
    ]
  })
}

function placeText({ step, count, definition, becomes, note, replayed }: InFlightPlace): string {
  const tried =
    replayed === null || replayed.tried === 0
      ? ''
      : `; ${replayed.sameEffects} of ${replayed.tried} replayed did the same so far; where they would be: ${replayed.at.join(' or ')}`
  return `${step}  ${count} on ${definition.slice(0, 12)}  ${becomes}${note === null ? '' : `: ${note}`}${tried}`
}
