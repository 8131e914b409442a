import type { SourceDocument } from '../../documents/document.ts'
import type { Finding } from '../../documents/finding.ts'
import { locateProblem } from '../locate-problem.ts'
import { randomTokens } from './entropy.ts'
import { knownSecrets } from './known-secrets.ts'
import type { SecretCandidate } from './secret-candidates.ts'
import { looksKnown, secretCandidates } from './secret-candidates.ts'

/** Findings of one document; more are counted in the last one. */
const secretsPerDocumentMax = 20

/** Credentials that stand in documents as plain text: known formats, and tokens too random to be a name. Never repeats one. */
export async function findSecrets(documents: readonly SourceDocument[]): Promise<readonly Finding[]> {
  const candidates = documents.flatMap((document) => [...secretCandidates(document)])
  const known = await knownSecrets(candidates.filter(({ text }) => looksKnown(text)))
  const perDocument = new Map<SourceDocument, number>()
  return candidates.flatMap((candidate) => {
    const found: readonly FoundSecret[] = known.get(candidate) ?? randomOnes(candidate)
    return found.flatMap(({ offset, chars, what, severity }) => {
      const count = (perDocument.get(candidate.document) ?? 0) + 1
      perDocument.set(candidate.document, count)
      return count > secretsPerDocumentMax
        ? []
        : [secretFinding(candidate, { offset, chars, what, severity })]
    })
  })
}

interface FoundSecret {
  readonly offset: number
  readonly chars: number
  readonly what: string
  /** A guess is a warning, unless the field says that it holds a credential. Default: error. */
  readonly severity?: 'error' | 'warning' | undefined
}

function randomOnes({ path, text }: SecretCandidate): readonly FoundSecret[] {
  return randomTokens(path, text).map(({ offset, token, isTelling }) => ({
    offset,
    chars: token.length,
    what: 'a text too random to be a name',
    severity: isTelling ? 'error' : 'warning',
  }))
}

function secretFinding(
  { document, path, text }: SecretCandidate,
  { offset, chars, what, severity = 'error' }: FoundSecret,
): Finding {
  const start = text.slice(offset, offset + Math.min(4, Math.floor(chars / 4)))
  return locateProblem(document, {
    severity,
    code: 'NX-CONFIG-SECRET',
    message: `A secret seems to stand here in plain text: ${what} ("${start}…", ${chars} characters)`,
    fix: 'Store it with `neuronx secret set NAME`, write { secret: NAME } here, and replace the one that was shown.',
    path,
    offset,
  })
}
