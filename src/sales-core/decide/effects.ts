import { digestOfParts } from '../../kernel/digest.ts'
import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { entityKey } from '../../messaging/events/entity-key.ts'
import type { EntityRef, LoggedEvent, NxEvent } from '../../messaging/events/event.ts'
import { depthMax, eventBytesMax } from '../../messaging/events/event.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { CompiledCommand } from '../rules/compiled-rule.ts'

/** How a command may end. */
const resultTypes = ['command.succeeded', 'command.failed', 'command.cancelled'] as const

/** Commands and events that one event may lead to. */
export const effectsMax = 1_000
/** The largest input of a command, characters of its JSON. */
export const commandInputCharsMax = 256 * 1024

const noSends: ReadonlySet<string> = new Set()

/** An effect that cannot be: the part that asked for it fails with this. */
export class EffectRefused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** Who asks for a command. `ordinal` tells the commands of one rule or advance apart. */
export interface CommandAsker {
  readonly cause: string
  readonly ordinal: number
  readonly instance: { readonly id: string; readonly seq: number } | null
  /**
   * Somebody waits for its result: it comes back whoever else listens, at one more than this depth. That of the event which started
   * the asking instance: a long saga is one chain, not a deep one.
   */
  readonly awaitedFrom?: number
}

/** Makes the commands and events of one decision, with ids that follow from their cause. */
export class Effects {
  readonly #event: LoggedEvent
  readonly #config: SalesConfig
  readonly #at: Date
  #sends: Set<string> | null = null
  #text: string | null = null

  constructor(event: LoggedEvent, config: SalesConfig, now: Date) {
    this.#event = event
    this.#config = config
    this.#at = now
  }

  // Made when first needed: most events lead to nothing.
  get #now(): string {
    this.#text ??= this.#at.toISOString()
    return this.#text
  }

  /** Ids of the commands that are sends to whom the entity is. */
  get sends(): ReadonlySet<string> {
    return this.#sends ?? noSends
  }

  /** Throws EffectRefused when nothing carries the command, or its input is too large. */
  command(wanted: CompiledCommand, input: JsonObject, asker: CommandAsker): Command {
    const { operation } = wanted
    if (operation === null) {
      throw new EffectRefused('NX-OPERATION-UNKNOWN', `No integration carries \`${wanted.label}\``)
    }
    if (JSON.stringify(input).length > commandInputCharsMax) {
      throw new EffectRefused(
        'NX-COMMAND-TOO-LARGE',
        `The input of \`${wanted.label}\` is larger than ${commandInputCharsMax} characters`,
      )
    }
    const { tenantId, id: eventId, workspace, rootId, correlationId } = this.#event
    const { awaitedFrom } = asker
    const depth = awaitedFrom ?? this.#event.depth
    if (awaitedFrom !== undefined && depth >= depthMax)
      throw new EffectRefused(
        'NX-CHAIN-DEPTH',
        `The result of \`${wanted.label}\` would be deeper than ${depthMax} events: nobody could wait for it`,
      )
    const seq = asker.instance === null ? '' : String(asker.instance.seq)
    const idempotencyKey = digestOfParts([
      tenantId,
      eventId,
      asker.cause,
      String(asker.ordinal),
      asker.instance?.id ?? '',
      seq,
    ])
    const id = derivedId('command', idempotencyKey)
    if (wanted.channel !== null) this.#sends = (this.#sends ?? new Set()).add(id)
    return {
      id,
      tenantId,
      workspace,
      entityKey: entityKey(workspace, this.#event.subject),
      eventId,
      rootId,
      correlationId,
      depth,
      cause: asker.cause,
      instanceId: asker.instance?.id ?? null,
      integration: operation.integration,
      operation: operation.operation,
      input,
      idempotencyKey,
      priority: wanted.priority,
      repeatable: operation.repeatable,
      dueAt: this.#now,
      // A result deeper than a chain may go is recorded and wakes nobody.
      routeResult:
        awaitedFrom !== undefined ||
        (depth < depthMax && resultTypes.some((type) => this.#config.listensTo(type))),
      parentId: null,
    }
  }

  /** Throws EffectRefused when the chain is too deep, the data does not fit the event's type, or it is too large. */
  event(type: string, subject: EntityRef, data: JsonObject, cause: string, ordinal: number): NxEvent {
    const { depth } = this.#event
    if (depth + 1 > depthMax) {
      throw new EffectRefused(
        'NX-CHAIN-DEPTH',
        `${type} was not emitted: the chain of events is ${depthMax} deep already`,
      )
    }
    const [problem] = this.#config.dataProblems(type, data)
    if (problem !== undefined) throw new EffectRefused('NX-EMIT-DATA', `${type} was not emitted: ${problem}`)
    if (JSON.stringify(data).length > eventBytesMax / 2) {
      throw new EffectRefused(
        'NX-EMIT-TOO-LARGE',
        `${type} was not emitted: its data is larger than ${eventBytesMax / 2} characters`,
      )
    }
    return this.#emitted(type, subject, data, cause, ordinal)
  }

  /** An event that tells of the system itself: no deeper than a chain may go, so that it is never refused. */
  notice(type: string, subject: EntityRef, data: JsonObject, cause: string): NxEvent {
    return this.#emitted(type, subject, data, cause, 0)
  }

  #emitted(type: string, subject: EntityRef, data: JsonObject, cause: string, ordinal: number): NxEvent {
    const { id: eventId, tenantId, workspace, correlationId, rootId, depth } = this.#event
    const id = derivedId('emit', tenantId, eventId, cause, String(ordinal))
    return {
      id,
      tenantId,
      workspace,
      type,
      subject,
      source: 'neuronx',
      externalId: id,
      time: this.#now,
      data,
      origin: 'emitted',
      correlationId,
      causationId: eventId,
      rootId,
      depth: Math.min(depth + 1, depthMax),
    }
  }
}

/** Reads `deal/42`. Throws EffectRefused for anything else. */
export function subjectFrom(text: string): EntityRef {
  const slash = text.indexOf('/')
  const kind = text.slice(0, Math.max(0, slash))
  const id = text.slice(slash + 1).trim()
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(kind) || id === '' || id.length > 256) {
    throw new EffectRefused(
      'NX-EMIT-SUBJECT',
      `'${text.slice(0, 80)}' does not name an entity; it should be kind/id`,
    )
  }
  return { kind, id }
}
