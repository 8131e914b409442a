import { nearestName } from '../../kernel/nearest-name.ts'
import { scopeName } from '../documents/document.ts'
import type { Reference } from '../documents/document-kind.ts'
import type { Finding } from '../documents/finding.ts'
import { locateProblem } from './locate-problem.ts'
import { replacementFor } from './suggested-name.ts'
import type { ScopeView } from './scope-view.ts'

/** Names that a scope's own documents use and nothing it sees provides. `all`: every view, to say where a name is when it is out of sight. */
export function checkReferences(view: ScopeView, all: readonly ScopeView[]): readonly Finding[] {
  return view.own.flatMap(({ document, requires }) =>
    requires
      .filter((reference) => view.providers(reference.space, reference.name).length === 0)
      .filter((reference) => !mayBeProvided(view, reference))
      .map((reference) =>
        locateProblem(document, {
          code: 'NX-CONFIG-REFERENCE',
          message: `There is no ${reference.space} '${reference.name}'`,
          fix: fixFor(view, reference, all),
          path: reference.path,
          replace: replacementFor(reference.name, view.names(reference.space)),
        }),
      ),
  )
}

/** Could a document that has findings of its own be the one that is meant? Then its findings say enough. */
export function mayBeProvided(view: ScopeView, { space, name }: Reference): boolean {
  const isSpaceEmpty = view.names(space).length === 0
  return view.documents().some((read) => read.mayProvide(name, isSpaceEmpty))
}

function fixFor(view: ScopeView, { space, name, fix }: Reference, all: readonly ScopeView[]): string {
  const elsewhere = all.find((other) =>
    other.own.some((read) => read.provides.some((symbol) => symbol.space === space && symbol.name === name)),
  )
  if (elsewhere !== undefined) {
    return `It is defined in ${scopeName(elsewhere.scope)}, which ${scopeName(view.scope)} does not see. Move one of the two.`
  }
  const meant = nearestName(name, view.names(space))
  return meant === null ? fix : `Did you mean '${meant}'? ${fix}`
}
