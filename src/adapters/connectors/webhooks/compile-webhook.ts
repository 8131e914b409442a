import { mergePatch } from '../../../kernel/merge-patch.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { Problem } from '../../../control-plane/documents/document-kind.ts'
import { compileTemplate } from '../template.ts'
import type { CompiledTemplate } from '../template.ts'
import type { ValueTables } from '../template-functions.ts'
import { payloadRoots } from './map-payload.ts'
import type { CompiledMapping, CompiledReceipt } from './map-payload.ts'
import { bodyPaths, expectedShape } from './payload/shape-diff.ts'
import type { ExpectedShape } from './payload/shape-diff.ts'
import { headersOf } from './signatures/read-signed.ts'
import type {
  AccountRule,
  EventMapping,
  PayloadMatch,
  PayloadVersion,
  ReceiptMapping,
  SentAt,
  SplitPart,
  WebhookDefinition,
} from './webhook-definition.ts'

export interface CompiledAccount {
  readonly payload: CompiledTemplate
  readonly connection: string
  readonly ignoreCase: boolean
}

/** How payloads of one version are read. */
export interface CompiledForm {
  readonly type: CompiledTemplate
  readonly deliveryId: CompiledTemplate | null
  readonly sentAt: { readonly at: CompiledTemplate; readonly settings: SentAt } | null
  readonly mappings: ReadonlyMap<string, CompiledMapping>
  readonly receipts: ReadonlyMap<string, CompiledReceipt>
  readonly shapes: readonly ExpectedShape[]
}

export interface CompiledPart {
  readonly type: CompiledTemplate
  readonly deliveryId: CompiledTemplate | null
}

/** A definition ready to run. `problems`: templates that cannot be, with their places. */
export interface CompiledWebhook {
  readonly definition: WebhookDefinition
  readonly base: CompiledForm
  readonly versions: ReadonlyArray<{ readonly detect: PayloadMatch; readonly form: CompiledForm }>
  readonly parts: ReadonlyMap<SplitPart, CompiledPart>
  readonly account: readonly CompiledAccount[] | null
  readonly accountOf: ReadonlyMap<string, readonly CompiledAccount[]>
  readonly ignores: ReadonlySet<string>
  /** Names of members in which the sender repeats a secret: kept nowhere. */
  readonly secretMembers: ReadonlySet<string>
  /** Headers that templates read; never those that prove something. */
  readonly readsHeaders: ReadonlySet<string>
  readonly problems: readonly Problem[]
}

type Compile = (template: JsonValue, path: readonly (string | number)[]) => CompiledTemplate

/** By definition: built-in ones are shared by all documents, a document's own by its workspaces. */
const compiledWebhooks = new WeakMap<
  WebhookDefinition,
  { readonly tables: ValueTables; readonly compiled: CompiledWebhook }
>()

/** The definition ready to run; compiled once, with the tables that it was asked for with last. */
export function webhookFor(definition: WebhookDefinition, tables: ValueTables): CompiledWebhook {
  const held = compiledWebhooks.get(definition)
  if (held?.tables === tables) return held.compiled
  const compiled = compileWebhook(definition, tables)
  compiledWebhooks.set(definition, { tables, compiled })
  return compiled
}

/** Compiles a definition, with its problems. */
export function compileWebhook(definition: WebhookDefinition, tables: ValueTables): CompiledWebhook {
  const problems: Problem[] = []
  const compile: Compile = (template, path) => {
    const compiled = compileTemplate(template, { roots: payloadRoots, tables }, path)
    problems.push(...compiled.problems)
    return compiled
  }
  const optional = (template: string | null | undefined, path: string): CompiledTemplate | null =>
    template === null || template === undefined ? null : compile(template, [path])
  const accounts = (rules: readonly AccountRule[], path: string): readonly CompiledAccount[] =>
    rules.map(({ payload, connection, ignoreCase = false }) => ({
      payload: compile(payload, [path]),
      connection,
      ignoreCase,
    }))
  return {
    definition,
    base: compileForm(definition, compile),
    versions: (definition.versions ?? []).map((version) => ({
      detect: version.detect,
      form: compileForm(atVersion(definition, version), compile),
    })),
    parts: new Map(
      (definition.split?.parts ?? []).map((part) => [
        part,
        { type: compile(part.type, ['split']), deliveryId: optional(part.deliveryId, 'split') },
      ]),
    ),
    account: definition.account === null ? null : accounts(definition.account, 'account'),
    accountOf: new Map(
      Object.entries(definition.accountOf ?? {}).map(([type, rules]) => [type, accounts(rules, 'accountOf')]),
    ),
    ignores: new Set(definition.ignores ?? []),
    secretMembers: new Set(
      definition.schemes.flatMap(({ algorithm, signature }) =>
        algorithm === 'equals' && 'body' in signature ? [signature.body.split('.').at(-1) ?? ''] : [],
      ),
    ),
    readsHeaders: headersRead(definition),
    problems,
  }
}

/** What is read of the headers is kept with a dead letter, so nothing that proves who sent it may be. */
function headersRead(definition: WebhookDefinition): ReadonlySet<string> {
  const { schemes, ...others } = definition
  const secret = new Set(['authorization', 'proxy-authorization', 'cookie', ...schemes.flatMap(headersOf)])
  const read = [...JSON.stringify(others).matchAll(/(?<![\w.])headers\.([\w-]+)/g)].map(
    ([, name]) => name ?? '',
  )
  return new Set(read.filter((name) => !secret.has(name)))
}

function compileForm(definition: WebhookDefinition, compile: Compile): CompiledForm {
  const { sentAt, deliveryId, events, receipts = [] } = definition
  const envelope = [...definition.envelope, ...bodyPaths([definition.type, deliveryId, sentAt])]
  return {
    type: compile(definition.type, ['type']),
    deliveryId: deliveryId === null ? null : compile(deliveryId, ['deliveryId']),
    sentAt: sentAt === null ? null : { at: compile(sentAt.at, ['sentAt']), settings: sentAt },
    mappings: new Map(
      events.map((event, at) => [event.when, compileMapping(event, compile, ['events', at])]),
    ),
    receipts: new Map(
      receipts.map((receipt, at) => [receipt.when, compileReceipt(receipt, compile, ['receipts', at])]),
    ),
    shapes: [...events, ...receipts].map((mapping) => expectedShape(mapping, envelope)),
  }
}

function compileMapping(
  mapping: EventMapping,
  compile: Compile,
  path: readonly (string | number)[],
): CompiledMapping {
  const about = mapping.subject ?? (mapping.lead === undefined ? null : { kind: 'lead', id: mapping.lead })
  const place = mapping.subject === undefined ? ['lead'] : ['subject', 'id']
  return {
    mapping,
    data: compile(mapping.data, [...path, 'data']),
    subject: about === null ? null : { kind: about.kind, id: compile(about.id, [...path, ...place]) },
    alike: (mapping.alike?.object ?? []).map((object) => compile(object, [...path, 'alike', 'object'])),
  }
}

function compileReceipt(
  receipt: ReceiptMapping,
  compile: Compile,
  path: readonly (string | number)[],
): CompiledReceipt {
  const { messageId, code, reason, data } = receipt
  return {
    receipt,
    messageId: compile(messageId, [...path, 'messageId']),
    code: code === undefined ? null : compile(code, [...path, 'code']),
    reason: reason === undefined ? null : compile(reason, [...path, 'reason']),
    data: data === undefined ? null : compile(data, [...path, 'data']),
  }
}

/** The definition as one version of the vendor's payloads has it. */
function atVersion(definition: WebhookDefinition, { overlay }: PayloadVersion): WebhookDefinition {
  const byWhen = Object.fromEntries(definition.events.map((event) => [event.when, event])) as unknown
  const events = mergePatch(byWhen as JsonObject, overlay.events ?? {}) as Readonly<Record<string, unknown>>
  return {
    ...definition,
    type: overlay.type ?? definition.type,
    deliveryId: overlay.deliveryId ?? definition.deliveryId,
    sentAt: overlay.sentAt ?? definition.sentAt,
    events: Object.entries(events).map(([when, event]) => ({
      requires: [],
      covers: [],
      data: {},
      ...(event as Partial<EventMapping>),
      when,
      emit: (event as EventMapping).emit,
    })),
  }
}
