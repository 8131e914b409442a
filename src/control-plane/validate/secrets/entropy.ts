import type { DocumentPath } from '../../documents/document.ts'

/** Where in a text a token stands that only a machine would write. */
export interface RandomToken {
  readonly offset: number
  readonly token: string
  /** Its field is one that holds credentials. */
  readonly isTelling: boolean
}

/** Fields whose values are random and no secret: digests, public keys, other systems' ids. `secret` holds a secret's name. */
const innocentField =
  /^(secret|digest|sha\d*|checksum|etag|id|ref|uuid|commit|\$schema)$|(public[-_]?key|pem|id|ids|fingerprint)$/i

/** Fields that are there to hold credentials. */
const tellingField = /pass(word|wd|phrase)?|secret|token|api[-_]?key|private[-_]?key|credential|bearer/i

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Bits a character, and characters, from which a token counts as random. */
const limits = {
  hex: { chars: 32, bits: 3 },
  mixed: { chars: 20, bits: 3.7 },
  telling: { chars: 12, bits: 2.9 },
} as const

/** Mean length of the runs of letters from which a token reads as words. */
const wordCharsMean = 3.2

/** The tokens of a text that look random, judged by their length, their alphabet and their Shannon entropy. */
export function randomTokens(path: DocumentPath, text: string): readonly RandomToken[] {
  const field = String(path.findLast((part) => typeof part === 'string') ?? '')
  if (innocentField.test(field) && !tellingField.test(field.replace(/^secret$/, ''))) return []
  const isTelling = tellingField.test(field)
  // The inside of a template is names and filters; a URL's path and host are no secret (its user information is a known format).
  const plain = text.replaceAll(/\{\{.*?\}\}|\{%.*?%\}|https?:\/\/[^\s]+/g, (part) => ' '.repeat(part.length))
  return [...plain.matchAll(/[A-Za-z0-9+/=_~-]{12,}/g)]
    .filter(([token]) => isRandom(token, isTelling))
    .map(({ index, 0: token }) => ({ offset: index, token, isTelling }))
}

function isRandom(token: string, isTelling: boolean): boolean {
  if (uuid.test(token)) return false
  const bits = shannonBits(token)
  const isHex = /^[0-9a-f]+$/i.test(token)
  if (isHex) return /[a-f]/i.test(token) && token.length >= limits.hex.chars && bits >= limits.hex.bits
  const hasDigit = /\d/.test(token)
  if (isTelling && hasDigit && /[A-Za-z]/.test(token))
    return token.length >= limits.telling.chars && bits >= limits.telling.bits
  // Names of people and things: words joined by dashes, paths, one case only.
  const isMixed = hasDigit && /[a-z]/.test(token) && /[A-Z]/.test(token)
  return isMixed && token.length >= limits.mixed.chars && bits >= limits.mixed.bits && !isWords(token)
}

/** `Follow-up-2-Welcome_Mail`, `InboundReplies2FollowUp`: made of runs of letters as long as words have. */
function isWords(token: string): boolean {
  const runs = token.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? []
  const letters = runs.reduce((sum, run) => sum + run.length, 0)
  return letters / Math.max(1, runs.length) >= wordCharsMean && letters >= token.length / 2
}

/** Shannon entropy, bits a character. */
export function shannonBits(text: string): number {
  const counts = new Map<string, number>()
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1)
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / text.length) * Math.log2(count / text.length),
    0,
  )
}
