import type { JsonValue } from '../../../kernel/json.ts'
import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { compileTemplate } from '../template.ts'
import type { CompiledTemplate } from '../template.ts'
import { webhookFor } from '../webhooks/compile-webhook.ts'
import type { CompiledWebhook } from '../webhooks/compile-webhook.ts'
import type { CompiledMapping } from '../webhooks/map-payload.ts'
import type { ReconcileEmit, ReconcileStream } from './reconcile-definition.ts'

export interface CompiledEmit {
  readonly emit: ReconcileEmit
  readonly key: CompiledTemplate
  readonly mapping: CompiledMapping
}

/** A stream ready to be read. */
export interface CompiledStream {
  readonly definition: ReconcileStream
  /** The operation's. */
  readonly lookbackMs: number
  readonly input: CompiledTemplate | null
  readonly payload: CompiledTemplate | null
  readonly emits: readonly CompiledEmit[]
  readonly webhook: CompiledWebhook
}

export interface CompiledReconcile {
  readonly streams: ReadonlyMap<string, CompiledStream>
  readonly problems: readonly Problem[]
}

/** Compiles the streams of a connector, and says what in them does not fit the rest of it. */
export function compileReconcile(definition: ConnectorDefinition): CompiledReconcile {
  const { reconcile, webhooks, tables } = definition
  if (reconcile === undefined) return { streams: new Map(), problems: [] }
  if (webhooks === null)
    return { streams: new Map(), problems: [problem([], 'There are no webhooks to be reconciled')] }
  const webhook = webhookFor(webhooks, tables)
  const problems: Problem[] = []
  const streams = reconcile.streams.map((stream, index) => {
    const at = ['reconcile', 'streams', index]
    const compile = (template: JsonValue, roots: readonly string[], member: string): CompiledTemplate => {
      const compiled = compileTemplate(template, { roots, tables }, [...at, member])
      problems.push(...compiled.problems)
      return compiled
    }
    const operation = definition.operations[stream.operation]
    if (
      operation?.effect !== 'read' ||
      operation.pagination === undefined ||
      operation.incremental === undefined
    )
      problems.push(problem([...at, 'operation'], 'It must name a read with `pagination` and `incremental`'))
    const emits = stream.emits.flatMap((emit, place): CompiledEmit[] => {
      const mapping = webhook.base.mappings.get(emit.as)
      if (mapping === undefined || mapping.mapping.alike === undefined) {
        problems.push(
          problem([...at, 'emits', place, 'as'], `'${emit.as}' must name a webhook mapping with \`alike\``),
        )
        return []
      }
      return [{ emit, mapping, key: compile(emit.key, ['item'], 'emits') }]
    })
    const compiled: CompiledStream = {
      definition: stream,
      lookbackMs: operation?.incremental?.lookbackMs ?? 0,
      input: stream.input === undefined ? null : compile(stream.input, ['connection', 'since'], 'input'),
      payload:
        stream.payload === undefined ? null : compile(stream.payload, ['connection', 'item'], 'payload'),
      emits,
      webhook,
    }
    return [stream.name, compiled] as const
  })
  if (new Set(streams.map(([name]) => name)).size < streams.length)
    problems.push(problem(['reconcile', 'streams'], 'Two streams have one name'))
  return { streams: new Map(streams), problems }
}

function problem(path: readonly (string | number)[], message: string): Problem {
  return {
    code: 'NX-CONNECTOR-RECONCILE',
    message,
    fix: 'See docs/webhooks.md, Reconciliation.',
    path: [...path],
  }
}
