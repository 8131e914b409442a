import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { Finding } from '../documents/finding.ts'
import type { MadePlan } from '../plan/make-plan.ts'
import type { NewRevision } from '../revisions/revision-store.ts'

/** Where files lie for a moment, and how they are named to people. */
export interface ShownFolder {
  readonly directory: string
  readonly shownAs: string
}

/** Findings that name files as the source has them. */
export function shownFinding(finding: Finding, folder: ShownFolder): Finding {
  const { related } = finding
  return {
    ...finding,
    file: shownText(finding.file, folder),
    fix: finding.fix === null ? null : shownText(finding.fix, folder),
    ...(related === undefined
      ? {}
      : { related: related.map((one) => ({ ...one, file: shownText(one.file, folder) })) }),
  }
}

/** A plan whose files are named as the source has them: that is what is stored of it. */
export function shownPlan({ candidate, report }: MadePlan, folder: ShownFolder): MadePlan {
  const revisions = candidate.revisions.map((revision): NewRevision => {
    const { places } = revision
    return places === undefined ? revision : { ...revision, places: shownPlaces(places, folder) }
  })
  const place = <T extends { readonly place: string }>(one: T): T => ({
    ...one,
    place: shownText(one.place, folder),
  })
  const documents = report.documents.map((one) => ({ ...place(one), leaves: one.leaves.map(place) }))
  const warnings = report.warnings.map((text) => shownText(text, folder))
  return { candidate: { ...candidate, revisions }, report: { ...report, documents, warnings } }
}

function shownPlaces(places: JsonObject, folder: ShownFolder): JsonObject {
  return Object.fromEntries(
    Object.entries(places).map(([name, place]): [string, JsonValue | undefined] => {
      const file = isJsonObject(place) ? place['file'] : undefined
      return [
        name,
        isJsonObject(place) && typeof file === 'string' ? { ...place, file: shownText(file, folder) } : place,
      ]
    }),
  )
}

function shownText(text: string, { directory, shownAs }: ShownFolder): string {
  const prefix = shownAs === '' ? '' : `${shownAs}/`
  return text.replaceAll(`${directory}/`, prefix).replaceAll(directory, shownAs === '' ? '.' : shownAs)
}
