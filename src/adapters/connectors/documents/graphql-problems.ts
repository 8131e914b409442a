import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import type { GraphqlIntegrationSpec } from './own-schemas.ts'

/** Comments and strings, which may hold anything. */
const ignored = /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*/g

/** Does each query say what it does, and take what it is given? Whether it fits the endpoint's schema, only the endpoint knows. */
export function graphqlProblems(spec: GraphqlIntegrationSpec): readonly Problem[] {
  return Object.entries(spec.operations).flatMap(([name, operation]) => {
    const path = ['operations', name]
    // Whitespace in one piece: what looks for variables must not go over it again and again.
    const text = operation.document.replaceAll(ignored, ' ').replaceAll(/\s+/g, ' ')
    const kinds = operationKinds(text)
    const [kind] = kinds
    if (kinds.length !== 1 || (kind !== 'query' && kind !== 'mutation')) {
      return [
        {
          code: 'NX-INTEGRATION-GRAPHQL',
          message: 'A document holds one query or one mutation',
          fix: 'Write one; fragments may stand beside it. Subscriptions do not go over HTTP.',
          path: [...path, 'document'],
        },
      ]
    }
    return [
      ...effectProblems(kind, operation.effect, path),
      ...variableProblems(text, Object.keys(operation.variables ?? {}), path),
    ]
  })
}

/** The kinds of the operations at the top level of the text: `{ … }` alone is a query. */
function operationKinds(text: string): readonly string[] {
  const kinds: string[] = []
  let depth = 0
  let head = ''
  for (const character of text) {
    if (character === '{' || character === '(' || character === '[') {
      if (depth === 0 && character === '{') {
        kinds.push(kindOf(head))
        head = ''
      }
      depth += 1
    } else if (character === '}' || character === ')' || character === ']') depth -= 1
    else if (depth === 0) head += character
  }
  return kinds.filter((kind) => kind !== 'fragment')
}

/** Commas mean as little as spaces do. What is no kind is none, lest it is one for the endpoint. */
function kindOf(head: string): string {
  const words = head.replaceAll(/[\s,\uFEFF]+/g, ' ').trim()
  return words === '' ? 'query' : (/^(query|mutation|subscription|fragment)\b/.exec(words)?.[1] ?? 'unknown')
}

/** What `read_only` and repeats rely on must not be a mutation that calls itself a read. */
function effectProblems(kind: string, effect: string, path: readonly string[]): readonly Problem[] {
  if ((kind === 'query') === (effect === 'read')) return []
  return [
    {
      code: 'NX-INTEGRATION-GRAPHQL',
      message: `A ${kind} does not have the effect '${effect}'`,
      fix:
        kind === 'query'
          ? 'Say `effect: read`.'
          : 'Say what it does: create, upsert, update, delete or send.',
      path: [...path, 'effect'],
    },
  ]
}

function variableProblems(
  text: string,
  given: readonly string[],
  path: readonly string[],
): readonly Problem[] {
  const declared = new Map(
    [...text.matchAll(/\$([_A-Za-z]\w*)\s*:\s*([\w[\]!\s]+?)\s*(=|,|\)|\$|@)/g)].map(
      ([, name = '', type = '', after]) => [name, type.endsWith('!') && after !== '='],
    ),
  )
  const unknown = given.filter((name) => !declared.has(name))
  const missing = [...declared].filter(([name, needed]) => needed && !given.includes(name))
  return [
    ...unknown.map((name) => ({
      code: 'NX-INTEGRATION-GRAPHQL',
      message: `The document declares no variable $${name}`,
      fix: `Declare it, like ($${name}: String), or leave it out.`,
      path: [...path, 'variables', name],
      key: true,
    })),
    ...missing.map(([name]) => ({
      code: 'NX-INTEGRATION-GRAPHQL',
      message: `The document needs the variable $${name}`,
      fix: `Give it in \`variables:\`, like ${name}: '{{ input.${name} }}'.`,
      path: [...path, 'document'],
    })),
  ]
}
