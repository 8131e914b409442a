import { LineCounter, parseDocument } from 'yaml'
import { NxError } from '../../../../kernel/errors.ts'
import { isJsonObject } from '../../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import { nearestName } from '../../../../kernel/nearest-name.ts'

export const openapiBytesMax = 16 * 1024 * 1024

export const httpMethods = ['get', 'post', 'put', 'patch', 'delete'] as const
const refsMax = 50
/** Schemas that are looked at: what names itself many times over would grow without end. */
const schemasMax = 20_000

/** An operation of a description, where it stands. */
export interface FoundOperation {
  readonly id: string
  readonly method: (typeof httpMethods)[number]
  /** `/contacts/{contactId}` */
  readonly path: string
  readonly operation: JsonObject
  /** Parameters of the path and of the operation, references followed. */
  readonly parameters: readonly JsonObject[]
}

/** A description in OpenAPI 3, JSON or YAML. References outside of the file are not followed. */
export class OpenapiFile {
  readonly #file: string
  readonly #root: JsonObject
  #schemasLeft = schemasMax

  /** Throws NX-OPENAPI-READ and NX-OPENAPI-VERSION (invalid), with the line where it can be told. */
  constructor(text: string, file: string) {
    this.#file = file
    const root = this.#parsed(text)
    const version = isJsonObject(root) ? root['openapi'] : undefined
    if (!isJsonObject(root) || typeof version !== 'string' || !version.startsWith('3.')) {
      const swagger = isJsonObject(root) && root['swagger'] !== undefined
      throw new NxError('invalid', 'NX-OPENAPI-VERSION', 'The file is no description in OpenAPI 3', {
        where: { file },
        detail: swagger ? 'It is Swagger 2.' : 'It has no `openapi: 3…` at its top.',
        fix: 'Give one in OpenAPI 3, as JSON or YAML; Swagger 2 can be converted.',
      })
    }
    this.#root = root
  }

  /** The first server's address, where it is a whole one without variables. */
  get server(): string | null {
    const servers = this.#root['servers']
    const [first] = Array.isArray(servers) ? (servers as readonly JsonValue[]) : []
    const url = isJsonObject(first) ? first['url'] : undefined
    return typeof url === 'string' && /^https?:\/\/[^{}?#@]+$/.test(url) ? url.replace(/\/+$/, '') : null
  }

  /** Schemes of security, in the order in which the description's own `security` names them. */
  securitySchemes(): readonly JsonObject[] {
    const components = this.#root['components']
    const schemes = isJsonObject(components) ? this.resolved(components['securitySchemes']) : null
    if (schemes === null) return []
    const security = this.#root['security']
    const used = (Array.isArray(security) ? (security as readonly JsonValue[]) : []).flatMap((one) =>
      isJsonObject(one) ? Object.keys(one) : [],
    )
    const names = [...new Set([...used, ...Object.keys(schemes)])].filter((name) =>
      Object.hasOwn(schemes, name),
    )
    return names.flatMap((name) => this.#some(schemes[name]))
  }

  /** By its operationId, or as `GET /path`. Throws NX-OPENAPI-OPERATION (usage) with what was probably meant. */
  find(wanted: string): FoundOperation {
    const all = this.#operations()
    const found = all.filter(
      ({ id, method, path }) => id === wanted || `${method.toUpperCase()} ${path}` === wanted,
    )
    const [one] = found
    if (one !== undefined && found.length === 1) return one
    const names = all.map(({ id, method, path }) => (id === '' ? `${method.toUpperCase()} ${path}` : id))
    const near = nearestName(wanted, names)
    throw new NxError(
      'usage',
      'NX-OPENAPI-OPERATION',
      one === undefined
        ? `The description has no operation '${wanted}'`
        : `Several operations are called '${wanted}'`,
      {
        where: { file: this.#file },
        fix:
          one !== undefined
            ? `Name one by its method and path: '${one.method.toUpperCase()} ${one.path}'.`
            : near === null
              ? `It has ${shortList(names)}.`
              : `Did you mean '${near}'?`,
      },
    )
  }

  /** Names of all operations, for who has named none. */
  names(): string {
    return shortList(
      this.#operations().map(({ id, method, path }) => (id === '' ? `${method.toUpperCase()} ${path}` : id)),
    )
  }

  /** An object of the description, its reference followed; null when it is none, or leads outside or in a circle. */
  resolved(value: JsonValue | undefined): JsonObject | null {
    let found: JsonValue | undefined = value
    for (let step = 0; step < refsMax; step += 1) {
      if (!isJsonObject(found)) return null
      const reference = found['$ref']
      if (reference === undefined) return found
      found = typeof reference === 'string' && reference.startsWith('#/') ? this.#at(reference) : undefined
    }
    return null
  }

  /** Counts a schema that is looked at. Throws NX-OPENAPI-UNSUPPORTED (invalid) when there is no end of them. */
  spend(): void {
    this.#schemasLeft -= 1
    if (this.#schemasLeft >= 0) return
    throw new NxError('invalid', 'NX-OPENAPI-UNSUPPORTED', 'The schemas of the operations are too large', {
      where: { file: this.#file },
      detail: `They name one another more than ${schemasMax} times.`,
      fix: 'Name fewer operations at once, or make the integration without --from: docs/connectors.md.',
    })
  }

  #some(value: JsonValue | undefined): readonly JsonObject[] {
    const found = this.resolved(value)
    return found === null ? [] : [found]
  }

  #at(reference: string): JsonValue | undefined {
    let found: JsonValue | undefined = this.#root
    for (const part of reference.slice(2).split('/')) {
      const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
      if (Array.isArray(found)) found = (found as readonly JsonValue[])[Number(name)]
      else found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined
    }
    return found
  }

  #operations(): readonly FoundOperation[] {
    const paths = this.#root['paths']
    if (!isJsonObject(paths)) return []
    return Object.entries(paths).flatMap(([path, item]) => {
      const resolved = this.resolved(item)
      if (resolved === null) return []
      return httpMethods.flatMap((method) => {
        const operation = resolved[method]
        if (!isJsonObject(operation)) return []
        const { operationId: id } = operation
        const parameters = this.#parameters(resolved, operation)
        return [{ id: typeof id === 'string' ? id : '', method, path, operation, parameters }]
      })
    })
  }

  /** Those of the operation win over those of the path of the same name and place. */
  #parameters(item: JsonObject, operation: JsonObject): readonly JsonObject[] {
    const all = [item['parameters'], operation['parameters']].flatMap((list) =>
      Array.isArray(list) ? (list as readonly JsonValue[]).flatMap((one) => this.#some(one)) : [],
    )
    const byPlace = new Map(all.map((one) => [`${String(one['in'])} ${String(one['name'])}`, one]))
    return [...byPlace.values()]
  }

  #parsed(text: string): JsonValue {
    const unreadable = (detail: string, line: number | null): NxError =>
      new NxError('invalid', 'NX-OPENAPI-READ', 'The description cannot be read', {
        detail,
        where: { file: this.#file, ...(line === null ? {} : { line }) },
        fix: 'Give an OpenAPI 3 file as JSON or YAML.',
      })
    if (text.trimStart().startsWith('{')) {
      try {
        return JSON.parse(text) as JsonValue
      } catch {
        // YAML may begin with a brace too, and knows the line of what is wrong.
      }
    }
    const lineCounter = new LineCounter()
    const document = parseDocument(text, { lineCounter, uniqueKeys: true })
    const [error] = document.errors
    if (error !== undefined)
      throw unreadable(error.message.split('\n')[0] ?? '', error.linePos?.[0].line ?? null)
    try {
      return document.toJS({ maxAliasCount: 100 }) as JsonValue
    } catch (error_) {
      throw unreadable(error_ instanceof Error ? error_.message : String(error_), null)
    }
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 30).join(', ')
  return names.length > 30 ? `${shown} and ${names.length - 30} more` : shown === '' ? 'no operations' : shown
}
