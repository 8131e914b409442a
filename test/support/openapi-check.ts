import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv/dist/2020.js'

/** JSON of a shape that only a published description knows. */
type Node = { readonly [key: string]: unknown }

/** A request as it would go out. */
export interface CheckedRequest {
  readonly method: string
  /** The path template of the description: `/contacts/{contactId}/tags`. */
  readonly template: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** Of a form: the text as it goes out; else the parsed JSON. */
  readonly body: unknown
}

/** Where a part of a description stands, and what it refers to, gathered. */
interface Place {
  readonly document: Node
  readonly definitions: Record<string, unknown>
  /** Of the definitions, by reference. */
  readonly names: Map<string, string>
}

/** Both kinds of request body that are checked. */
const json = 'application/json'
const form = 'application/x-www-form-urlencoded'

const ignoredHeaders = new Set(['authorization', 'user-agent', 'content-type'])
const annotations = new Set([
  'example',
  'examples',
  'externalDocs',
  'discriminator',
  'deprecated',
  'description',
  'title',
  'default',
  'nullable',
  'readOnly',
  'writeOnly',
])

/**
 * Checks requests against a vendor's own OpenAPI 3 or Swagger 2 file, in a closed world: what the description does not name is an
 * error, though OpenAPI would let it pass. Bodies are JSON or forms. The operation is named, so no router guesses it.
 */
export class OpenApiCheck {
  readonly #file: string
  readonly #document: Node
  readonly #others = new Map<string, Node>()

  constructor(file: string) {
    this.#file = file
    this.#document = JSON.parse(readFileSync(file, 'utf8')) as Node
  }

  /** Everything that the description does not allow about a request; empty when it conforms. */
  problems(request: CheckedRequest): readonly string[] {
    const operation = this.#at(['paths', request.template, request.method.toLowerCase()])
    if (operation === undefined) return [`no operation ${request.method} ${request.template}`]
    return [...this.#parameterProblems(operation, request), ...this.#bodyProblems(operation, request)]
  }

  /** Everything that the description does not allow about an answer; an answer without described content conforms. */
  answerProblems(method: string, template: string, status: number, body: unknown): readonly string[] {
    const operation = this.#at(['paths', template, method.toLowerCase()])
    const responses = operation?.['responses'] as Node | undefined
    const described = (responses?.[String(status)] ?? responses?.['default']) as Node | undefined
    if (described === undefined) return [`no answer ${status} to ${method} ${template}`]
    const content = described['content'] as Node | undefined
    const schema = ((content?.[json] as Node | undefined)?.['schema'] ?? described['schema']) as
      Node | undefined
    if (schema === undefined) return []
    const validate = this.#compile(schema)
    return validate(body) ? [] : problemsOf(validate)
  }

  /** Names of what a request may and must hold, beside its path and headers. */
  fields(
    method: string,
    template: string,
  ): { readonly known: readonly string[]; readonly required: readonly string[] } {
    const operation = this.#at(['paths', template, method.toLowerCase()]) ?? {}
    const parameters = ((operation['parameters'] ?? []) as readonly Node[]).filter(
      (parameter) => parameter['in'] === 'query',
    )
    const [content] = Object.values(contentOf(operation) ?? {}) as readonly Node[]
    const given = (content?.['schema'] ?? {}) as Node
    const reference = given['$ref']
    const schema = (
      typeof reference === 'string' ? this.#resolve(reference, this.#document)[0] : given
    ) as Node
    const required = schema['required']
    const named = (list: readonly Node[]): readonly string[] => list.map(({ name }) => String(name))
    return {
      known: [...named(parameters), ...Object.keys((schema['properties'] ?? {}) as Node)],
      required: [
        ...named(parameters.filter((parameter) => parameter['required'] === true)),
        ...(Array.isArray(required) ? (required as readonly string[]) : []),
      ],
    }
  }

  #parameterProblems(operation: Node, { headers, query }: CheckedRequest): readonly string[] {
    const parameters = (operation['parameters'] ?? []) as readonly Node[]
    const problems: string[] = []
    for (const parameter of parameters) {
      const name = String(parameter['name'])
      const where = parameter['in']
      if (where !== 'header' && where !== 'query') continue
      if (where === 'header' && ignoredHeaders.has(name.toLowerCase())) continue
      const value = where === 'header' ? headers[name.toLowerCase()] : query[name]
      const schema = (parameter['schema'] as Node | undefined) ?? parameter
      const allowed = schema['enum'] as readonly unknown[] | undefined
      if (value === undefined) {
        if (parameter['required'] === true) problems.push(`${where} ${name} is required`)
      } else if (allowed !== undefined && !allowed.includes(value)) {
        problems.push(`${where} ${name} is '${value}', not one of ${allowed.join(', ')}`)
      }
    }
    const known = new Set(
      parameters.filter((parameter) => parameter['in'] === 'query').map((parameter) => parameter['name']),
    )
    return [
      ...problems,
      ...Object.keys(query)
        .filter((name) => !known.has(name))
        .map((name) => `query ${name} is not known`),
    ]
  }

  #bodyProblems(operation: Node, { body, headers }: CheckedRequest): readonly string[] {
    const content = contentOf(operation)
    if (body === undefined) return content === undefined ? [] : ['a body is expected']
    const type = (headers['content-type'] ?? json).split(';', 1)[0]?.trim() ?? json
    const schema = (content?.[type] as Node | undefined)?.['schema'] as Node | undefined
    if (schema === undefined)
      return [type === json ? 'no JSON body is expected' : `no body of type ${type} is expected`]
    const validate = this.#compile(schema)
    if (validate(type === form ? this.#formFields(String(body), schema) : body)) return []
    return problemsOf(validate)
  }

  /** A form as the object that the description speaks of: lists where it has lists, numbers and booleans where the text is one. */
  #formFields(text: string, schema: Node): Node {
    const fields = new URLSearchParams(text)
    const properties = (schema['properties'] ?? {}) as Node
    return Object.fromEntries(
      [...new Set(fields.keys())].map((name) => {
        const type = (properties[name] as Node | undefined)?.['type']
        const values = fields.getAll(name)
        if (type === 'array') return [name, values]
        // Given twice where one is described: no string, so that it does not conform.
        return [name, values.length === 1 ? typed(values[0] ?? '', type) : values]
      }),
    )
  }

  #compile(schema: Node): ValidateFunction {
    const place: Place = { document: this.#document, definitions: {}, names: new Map() }
    const root = this.#normal(schema, place) as Record<string, unknown>
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, logger: false })
    return ajv.compile({ ...root, unevaluatedProperties: false, $defs: place.definitions })
  }

  /** The schema with references gathered, `nullable` as a type, and what its members and items hold closed. */
  #normal(node: unknown, place: Place): unknown {
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map((item) => this.#normal(item, place))
    const given = node as Node
    if (typeof given['$ref'] === 'string') return this.#reference(given['$ref'], place)
    const result: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(given)) {
      if (annotations.has(key) || key.startsWith('x-')) continue
      if (key === 'required' && !Array.isArray(value)) continue
      if (key === 'properties') {
        const members = Object.entries(value as Node)
        result[key] = Object.fromEntries(members.map(([name, inner]) => [name, this.#closed(inner, place)]))
      } else if (key === 'items' && Array.isArray(value) && given['type'] !== 'array') {
        result['anyOf'] = this.#normal(value, place)
      } else if (key === 'items') {
        const item = Array.isArray(value) ? { anyOf: value as unknown } : value
        result[key] = this.#closed(item, place)
      } else result[key] = this.#normal(value, place)
    }
    if (given['nullable'] === true && typeof result['type'] === 'string')
      result['type'] = [result['type'], 'null']
    return result
  }

  /** Of a member or an item: what is not described is not in it. A branch of `allOf` and the like describes a part, and stays open. */
  #closed(node: unknown, place: Place): unknown {
    const schema = this.#normal(node, place)
    return this.#isDescribed(node, place.document)
      ? { ...(schema as Node), unevaluatedProperties: false }
      : schema
  }

  /** Does it say what an object holds? Where only `type: object` stands, anything may be in it. */
  #isDescribed(node: unknown, document: Node): boolean {
    const given = (node ?? {}) as Node
    if (typeof given['$ref'] === 'string') return this.#isDescribed(...this.#resolve(given['$ref'], document))
    const { properties, allOf } = given
    if (properties !== undefined) return true
    const of = (branch: unknown) => this.#isDescribed(branch, document)
    if (Array.isArray(allOf)) return allOf.some(of)
    const branches = branchesOf(given)
    return branches.some(of) && branches.every((branch) => of(branch) || isPlain(branch))
  }

  #reference(reference: string, { document, definitions, names }: Place): Node {
    const name = names.get(reference) ?? `d${names.size}`
    if (!names.has(reference)) {
      names.set(reference, name)
      const [target, owner] = this.#resolve(reference, document)
      definitions[name] = this.#normal(target, { document: owner, definitions, names })
    }
    return { $ref: `#/$defs/${name}` }
  }

  #resolve(reference: string, document: Node): [unknown, Node] {
    const [file = '', pointer = ''] = reference.split('#')
    let owner = document
    if (file !== '') {
      const path = join(dirname(this.#file), file)
      owner = this.#others.get(path) ?? (JSON.parse(readFileSync(path, 'utf8')) as Node)
      this.#others.set(path, owner)
    }
    const parts = pointer
      .split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    return [parts.reduce<unknown>((node, part) => (node as Node | undefined)?.[part], owner), owner]
  }

  #at(path: readonly string[]): Node | undefined {
    return path.reduce<unknown>((node, part) => (node as Node | undefined)?.[part], this.#document) as
      Node | undefined
  }
}

/** Of which it is one: a list as `items` is Slack's way to say so, of a member or of the items of a list. */
function branchesOf({ anyOf, oneOf, items, type }: Node): readonly unknown[] {
  const branches = anyOf ?? oneOf ?? (type === 'array' ? undefined : items)
  return Array.isArray(branches) ? branches : []
}

function isPlain(schema: unknown): boolean {
  const type = (schema as Node | null)?.['type']
  return typeof type === 'string' && type !== 'object'
}

function problemsOf({ errors }: ValidateFunction): readonly string[] {
  return (errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath === '' ? '/' : instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

/** The body of an operation by content type; undefined when it takes none. Swagger 2 describes it among the parameters. */
function contentOf(operation: Node): Node | undefined {
  const body = operation['requestBody'] as Node | undefined
  if (body !== undefined) return body['content'] as Node | undefined
  const parameters = (operation['parameters'] ?? []) as readonly Node[]
  const whole = parameters.find((parameter) => parameter['in'] === 'body')
  if (whole !== undefined) return { [json]: { schema: whole['schema'] } }
  const fields = parameters.filter((parameter) => parameter['in'] === 'formData')
  if (fields.length === 0) return undefined
  const described = fields.map(({ name, type, enum: allowed, items }) => [
    name,
    { type, ...(allowed === undefined ? {} : { enum: allowed }), ...(items === undefined ? {} : { items }) },
  ])
  const schema = {
    type: 'object',
    properties: Object.fromEntries(described) as Node,
    required: fields.filter(({ required }) => required === true).map(({ name }) => name),
  }
  return { [form]: { schema } }
}

function typed(text: string, type: unknown): unknown {
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true'
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text)
  return text
}
