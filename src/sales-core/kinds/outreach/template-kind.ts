import type { DocumentKind, DocumentSet, Problem } from '../../../control-plane/documents/document-kind.ts'
import { typeCatalogOf } from '../../compile/document-types.ts'
import { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { variablesFor } from '../../compile/type-catalog.ts'
import { scalar, structOf } from '../../types/field-type.ts'
import { templateShape } from './template-shape.ts'
import type { TemplateSpec } from './template-shape.ts'

/** Declares a message once for all channels it may go through. */
export const templateKind: DocumentKind<TemplateSpec> = {
  ...templateShape,
  provides: ({ spec }) => [{ space: 'template', name: spec.name }],
  check: ({ spec }, set) => textProblems(spec, typeCatalogOf(set)),
}

/** The same, with what those who carry messages say: they are no business of this layer. */
export function templateKindWith(
  problemsOf: (spec: TemplateSpec, set: DocumentSet) => readonly Problem[],
): DocumentKind<TemplateSpec> {
  return {
    ...templateKind,
    check: (typed, set) => [...textProblems(typed.spec, typeCatalogOf(set)), ...problemsOf(typed.spec, set)],
  }
}

/** Every text checked against all declared entities: which one a template is about is said where it is sent. */
function textProblems({ channels, params }: TemplateSpec, types: TypeCatalog): readonly Problem[] {
  const log = new ProblemLog()
  const variables = new Map([
    ...variablesFor(types, { entities: [...types.entities.keys()] }),
    ['params', structOf(Object.fromEntries(params.map((name) => [name, scalar('string', true)])))] as const,
  ])
  for (const [name, message] of Object.entries(channels)) {
    for (const part of ['text', 'subject', 'html'] as const) {
      const source = message[part]
      if (source !== undefined)
        log.text(source, variables, ['channels', name, part], part === 'html' ? 'html' : 'text')
    }
    for (const [index, param] of (message.params ?? []).entries()) {
      if (params.length > 0 && !params.includes(param)) {
        log.add({
          code: 'NX-TEMPLATE-PARAM',
          message: `The template has no parameter '${param}'`,
          fix: `Add it to params, or use one of ${params.join(', ')}.`,
          path: ['channels', name, 'params', index],
        })
      }
    }
  }
  return log.problems
}
