import { setImmediate } from 'node:timers/promises'
import type { SecretCandidate } from './secret-candidates.ts'

/** A credential of a known format. */
export interface KnownSecret {
  readonly offset: number
  readonly chars: number
  /** `a slack token`. */
  readonly what: string
}

/** Formats that the scanner leaves out. */
const ownFormats: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g, what: 'an AWS access key' },
  {
    pattern: /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
    what: 'a signed token (JWT)',
  },
  { pattern: /\b[sr]k_live_[A-Za-z0-9]{16,}\b/g, what: 'a Stripe key' },
  {
    pattern: /\bpit-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
    what: 'a GoHighLevel private integration token',
  },
  {
    pattern:
      /(?<=[?&](?:\w*[_-])?(?:api_?key|token|secret|password|access_?key|signature)=)(?=[^\s&#]*\d)[^\s&#{}]{8,}/gi,
    what: 'a credential in a URL',
  },
  { pattern: /(?<=[a-z][a-z0-9+.-]*:\/\/[^/\s:@{}]*:)[^/\s@{}]{3,}(?=@)/g, what: 'a password in a URL' },
]

const batchCharsMax = 64 * 1024

/** The credentials of known formats among texts. The scanner is loaded only when there is something to scan. */
export async function knownSecrets(
  candidates: readonly SecretCandidate[],
): Promise<ReadonlyMap<SecretCandidate, readonly KnownSecret[]>> {
  const found = new Map<SecretCandidate, KnownSecret[]>()
  for (const candidate of candidates) {
    const own = ownFormats.flatMap(({ pattern, what }) =>
      [...candidate.text.matchAll(pattern)].map(({ index, 0: match }) => ({
        offset: index,
        chars: match.length,
        what,
      })),
    )
    if (own.length > 0) found.set(candidate, own)
  }
  for (const batch of batches(candidates.filter((candidate) => !found.has(candidate)))) {
    for (const [candidate, secret] of await scanned(batch)) {
      const secrets = found.get(candidate)
      if (secrets === undefined) found.set(candidate, [secret])
      else if (!secrets.some((other) => overlaps(other, secret))) secrets.push(secret)
    }
    await setImmediate()
  }
  return found
}

function overlaps(a: KnownSecret, b: KnownSecret): boolean {
  return a.offset < b.offset + b.chars && b.offset < a.offset + a.chars
}

/** Texts that are scanned as one, a line end between them. */
type Batch = readonly { readonly candidate: SecretCandidate; readonly start: number }[]

function* batches(candidates: readonly SecretCandidate[]): Generator<Batch> {
  let batch: { candidate: SecretCandidate; start: number }[] = []
  let start = 0
  for (const candidate of candidates) {
    if (start > 0 && start + candidate.text.length > batchCharsMax) {
      yield batch
      batch = []
      start = 0
    }
    batch.push({ candidate, start })
    start += candidate.text.length + 1
  }
  if (batch.length > 0) yield batch
}

async function scanned(batch: Batch): Promise<readonly (readonly [SecretCandidate, KnownSecret])[]> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ])
  const id = '@secretlint/secretlint-rule-preset-recommend'
  const content = batch.map(({ candidate }) => candidate.text).join('\n')
  const { messages } = await lintSource({
    source: { filePath: 'documents.txt', ext: '.txt', contentType: 'text', content },
    options: { noPhysicFilePath: true, config: { rules: [{ id, rule: creator }] } },
  })
  return messages.flatMap(({ range: [from, to], messageId }) => {
    const holder = batch.findLast(({ start }) => start <= from)
    if (holder === undefined) return []
    const offset = from - holder.start
    const chars = Math.min(to - from, holder.candidate.text.length - offset)
    return [[holder.candidate, { offset, chars, what: `known format ${messageId}` }] as const]
  })
}
