import { errorText, NxError } from '../../kernel/errors.ts'
import type { DocumentSet } from '../documents/document-kind.ts'
import type { Finding } from '../documents/finding.ts'
import { mayBeProvided } from './check-references.ts'
import { checkSets } from './check-sets.ts'
import { locateProblem } from './locate-problem.ts'
import type { ReadDocument } from './read-document.ts'
import type { ScopeView } from './scope-view.ts'

/**
 * What the kinds themselves find wrong with a scope's own documents. A document that rests on one with findings of shape, directly
 * or through others, is passed over: its check would only repeat that something is missing there. Throws NX-CONFIG-CHECK-FAILED (bug)
 * when a kind's check throws.
 */
export function checkDocuments(view: ScopeView, set: DocumentSet): readonly Finding[] {
  const shaky = new Map<ReadDocument, boolean>()
  const alone = view.own.flatMap((read) => {
    const { kind, typed, document } = read
    if (kind?.check === undefined || typed === null || isShaky(read, view, shaky)) return []
    try {
      return kind.check(typed, set).map((problem) => locateProblem(document, problem))
    } catch (error) {
      const { file, line } = document.locate([])
      throw new NxError(
        'bug',
        'NX-CONFIG-CHECK-FAILED',
        `The check of ${document.kind} '${document.name}' failed`,
        {
          detail: errorText(error),
          where: { file, line },
          cause: error,
        },
      )
    }
  })
  return [...alone, ...checkSets(view, set)]
}

/** Does it rest on a document that could not be read? Circles rest on nothing but themselves. */
function isShaky(read: ReadDocument, view: ScopeView, known: Map<ReadDocument, boolean>): boolean {
  const earlier = known.get(read)
  if (earlier !== undefined) return earlier
  known.set(read, false)
  const shaky =
    read.typed === null ||
    read.requires.some((reference) => {
      const providers = view.providers(reference.space, reference.name)
      return providers.length === 0
        ? mayBeProvided(view, reference)
        : providers.some((provider) => isShaky(provider, view, known))
    })
  known.set(read, shaky)
  return shaky
}
