import type { Repeatable } from '../../messaging/commands/command.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { Problem } from '../../control-plane/documents/document-kind.ts'
import type { ConnectorDefinition, OperationDefinition } from './define-connector.ts'
import { idempotencyOf, repeatableOf } from './definition/idempotency.ts'
import type { IdempotencyClass } from './definition/idempotency.ts'
import { compileTemplate } from './template.ts'
import type { CompiledTemplate, TemplateWorld } from './template.ts'

/** Roots of the templates of a request. */
export const requestRoots = ['input', 'entity', 'connection', 'key'] as const
/** Roots of what a read of changes adds to its query. */
export const incrementalRoots = [...requestRoots, 'since'] as const
/** Roots of the templates of an output. */
export const outputRoots = ['answer', 'status'] as const

/** An operation with its templates compiled. */
export interface CompiledOperation {
  readonly name: string
  readonly definition: OperationDefinition
  readonly repeatable: Repeatable
  readonly idempotency: IdempotencyClass
  readonly path: readonly (string | CompiledTemplate)[]
  readonly query: CompiledTemplate | null
  readonly headers: CompiledTemplate
  readonly body: CompiledTemplate | null
  readonly output: CompiledTemplate | null
  /** Does the output hold more than the status? */
  readonly outputReadsAnswer: boolean
  readonly verify: CompiledVerify | null
  /** What a read of changes adds to its query. */
  readonly since: CompiledTemplate | null
  /** Members of the input that some template reads; null when one takes the input whole. */
  readonly inputs: ReadonlySet<string> | null
}

/** A connector ready to run. Compiled once per definition. */
export interface CompiledConnector {
  readonly definition: ConnectorDefinition
  readonly operations: ReadonlyMap<string, CompiledOperation>
  readonly problems: readonly Problem[]
}

/** Compiles every template; what is wrong with them is in `problems`, with paths below the connector's definition. */
export function compileConnector(definition: ConnectorDefinition): CompiledConnector {
  const problems: Problem[] = []
  const operations = new Map(
    Object.entries(definition.operations).map(([name, operation]) => [
      name,
      compileOperation(name, operation, definition, problems),
    ]),
  )
  return { definition, operations, problems }
}

const compiledConnectors = new WeakMap<ConnectorDefinition, CompiledConnector>()

/** The compiled connector of a definition. Each is made once: built-in ones are shared by all documents. */
export function connectorFor(definition: ConnectorDefinition): CompiledConnector {
  const held = compiledConnectors.get(definition) ?? compileConnector(definition)
  compiledConnectors.set(definition, held)
  return held
}

function compileOperation(
  name: string,
  operation: OperationDefinition,
  definition: ConnectorDefinition,
  problems: Problem[],
): CompiledOperation {
  const at: DocumentPath = ['operations', name]
  const requestWorld: TemplateWorld = { roots: requestRoots, tables: definition.tables }
  const outputWorld: TemplateWorld = { roots: outputRoots, tables: definition.tables }
  const keep = (template: CompiledTemplate): CompiledTemplate => {
    problems.push(...template.problems)
    return template
  }
  const { query, body, output, incremental } = operation
  const headers = { ...definition.headers, ...operation.headers }
  return {
    name,
    definition: operation,
    repeatable: repeatableOf(operation),
    idempotency: idempotencyOf(operation),
    path: pathParts(operation.path).map((part) =>
      part.startsWith('{{') ? keep(compileTemplate(part, requestWorld, [...at, 'path'])) : part,
    ),
    query: query === undefined ? null : keep(compileTemplate(query, requestWorld, [...at, 'query'])),
    headers: keep(compileTemplate(headers, requestWorld, [...at, 'headers'])),
    body: body === undefined ? null : keep(compileTemplate(body, requestWorld, [...at, 'body'])),
    output: output === undefined ? null : keep(compileTemplate(output, outputWorld, [...at, 'output'])),
    outputReadsAnswer: /\{\{[^{}]*\banswer\b|"\$each":"answer\b/.test(JSON.stringify(output ?? {})),
    verify: operation.verify === undefined ? null : compileVerify(operation, definition, at, problems),
    since:
      incremental === undefined
        ? null
        : keep(
            compileTemplate(incremental.param, { ...requestWorld, roots: incrementalRoots }, [
              ...at,
              'incremental',
              'param',
            ]),
          ),
    inputs: inputsOf({ ...operation, headers }),
  }
}

/** A look is an operation of its own that reads. Its match is rendered from the same input as the call was. */
export interface CompiledVerify {
  readonly operation: CompiledOperation
  readonly match: CompiledTemplate
}

function compileVerify(
  operation: OperationDefinition,
  definition: ConnectorDefinition,
  at: DocumentPath,
  problems: Problem[],
): CompiledVerify | null {
  const { verify } = operation
  if (verify === undefined) return null
  const own: Problem[] = []
  const compiled = compileOperation(
    'verify',
    { method: 'GET', effect: 'read', path: verify.path, query: verify.query, headers: verify.headers },
    definition,
    own,
  )
  const world: TemplateWorld = { roots: requestRoots, tables: definition.tables }
  const match = compileTemplate(verify.match, world, [...at, 'verify', 'match'])
  // Their paths are those of an operation; here they stand below `verify`.
  problems.push(...own.map((problem) => ({ ...problem, path: [...at, 'verify', ...problem.path.slice(2)] })))
  problems.push(...match.problems)
  if (repeatableOf(operation) === 'yes') {
    problems.push({
      code: 'NX-INTEGRATION-VERIFY',
      message: 'This operation may be repeated, so nobody has to look whether it took effect',
      fix: 'Leave out `verify:`.',
      path: [...at, 'verify'],
    })
  }
  // The input of the call is more than the look reads.
  return { operation: { ...compiled, inputs: null }, match }
}

/** A send states its channel whether or not the operation serves several. */
const alwaysAllowed = ['channel']

/** Belong to a vendor's template. A vendor that keeps the language with it and fills it in by itself reads neither. */
const ofTemplates = ['language', 'params']

function inputsOf({
  path,
  query,
  headers,
  body,
  requires,
  incremental,
}: OperationDefinition): ReadonlySet<string> | null {
  const templates = JSON.stringify([path, query, headers, body, incremental?.param])
  const expressions = templates.match(/\{\{[^{}]*\}\}/g) ?? []
  const lists = [...templates.matchAll(/"\$each":"([^"]*)"/g)].map(([, list]) => list ?? '')
  const text = [...expressions, ...lists, ...(requires ?? [])].join(' ')
  if (/\binput\b(?!\.)/.test(text)) return null
  const read = new Set([...(text.match(/(?<=\binput\.)[\w-]+/g) ?? []), ...alwaysAllowed])
  return read.has('template_id') ? new Set([...read, ...ofTemplates]) : read
}

/** `/contacts/{{ input.id }}/tags` as its literal and its templated parts. */
function pathParts(path: string): readonly string[] {
  return path.split(/(\{\{[^{}]*\}\})/).filter((part) => part !== '')
}
