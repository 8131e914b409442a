import type { ConnectorDefinition, OperationDefinition } from '../../define-connector.ts'

/** An operation that answers at an address. */
export interface FakeRoute {
  readonly name: string
  readonly definition: OperationDefinition
  readonly pattern: RegExp
  readonly params: number
}

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g

/**
 * Addresses of the connector's operations, as it writes them: those with fewer open parts first. The path of the connector's own base
 * URL (of any version) may stand in front.
 */
export function routesOf(definition: ConnectorDefinition): readonly FakeRoute[] {
  const prefix = prefixOf(definition)
  return Object.entries(definition.operations)
    .map(([name, operation]) => {
      const { text, params } = patternOf(operation.path)
      // The base URL itself is the customer's: any address is it.
      const pattern = operation.path === '' ? /^/ : new RegExp(`^${prefix}${text}$`)
      return { name, definition: operation, pattern, params }
    })
    .toSorted((one, other) => one.params - other.params)
}

/** A path template as a pattern with a group for every open part, named as what the connector writes there. */
export function patternOf(path: string): { readonly text: string; readonly params: number } {
  let params = 0
  const used = new Set<string>()
  const text = path
    .split(placeholder)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part)
      params += 1
      const name = nameOf(part, params)
      if (used.has(name)) return '[^/]+?'
      used.add(name)
      return `(?<${name}>[^/]+?)`
    })
    .join('')
  return { text, params }
}

/** `input.contact_id ?? entity.id` is contact_id. */
function nameOf(expression: string, count: number): string {
  const [, name] = /^[\w-]+\.([A-Za-z_]\w*)/.exec(expression) ?? []
  return name ?? `part${count}`
}

function prefixOf({ baseUrl, apiVersions }: ConnectorDefinition): string {
  const bases = [baseUrl, ...(apiVersions ?? []).map(({ overlay }) => overlay['baseUrl'])]
  const paths = bases.flatMap((base) => (typeof base === 'string' ? [basePath(base)] : []))
  const known = [...new Set(paths)].filter((path) => path !== '').map(escaped)
  return known.length === 0 ? '' : `(?:${known.join('|')})?`
}

function basePath(base: string): string {
  const url = base.includes('{{') ? null : URL.parse(base)
  return url === null ? '' : url.pathname.replace(/\/+$/, '')
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
