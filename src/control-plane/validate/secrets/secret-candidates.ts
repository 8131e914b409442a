import type { JsonValue } from '../../../kernel/json.ts'
import { isJsonObject } from '../../../kernel/json.ts'
import type { DocumentPath, SourceDocument } from '../../documents/document.ts'

/** A text of a document that might hold a secret. */
export interface SecretCandidate {
  readonly document: SourceDocument
  readonly path: DocumentPath
  readonly text: string
}

/** Beginnings and shapes that known credentials have; what looks like none of them is not given to the scanner of known formats. */
const knownShapes =
  /[?&][\w-]*(?:key|token|secret|password|signature)=|pit-|AKIA|ASIA|A3T|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-|hooks\.slack\.com|sk[-_]|rk_|pk_|SG\.|AIza|ya29\.|npm_|_authToken|-----BEGIN|eyJ|shp(at|ca|pa|ss)_|sq0|dop_v1_|hf_|lin_api|op_|ops_|glc_|ntn_|secret_|key-|vercel|figd_|databricks|dapi|:\/\/[^/\s:@]*:[^/\s@]+@/

const unbrokenToken = /[A-Za-z0-9+/=_~-]{12,}/

/** The texts of a document that look as if they might hold a secret: long unbroken tokens, and what known credentials begin with. */
export function* secretCandidates(document: SourceDocument): Generator<SecretCandidate> {
  for (const { path, text } of textsOf(document.body, [])) {
    if (text.length >= 12 && (unbrokenToken.test(text) || knownShapes.test(text)))
      yield { document, path, text }
  }
}

/** May the scanner of known formats find something in it? */
export function looksKnown(text: string): boolean {
  return knownShapes.test(text)
}

function* textsOf(
  value: JsonValue | undefined,
  path: DocumentPath,
): Generator<{ path: DocumentPath; text: string }> {
  if (typeof value === 'string') yield { path, text: value }
  else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries())
      yield* textsOf(item, [...path, index])
  } else if (isJsonObject(value)) {
    for (const [key, inner] of Object.entries(value)) yield* textsOf(inner, [...path, key])
  }
}
