import type { Clock } from '../../kernel/clock.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import { derivedId } from '../../kernel/ids.ts'
import { sha256Hex } from '../../kernel/digest.ts'
import type { Logger } from '../../kernel/logger.ts'
import type { Service } from '../../kernel/service.ts'
import type { IngestBus, IngestMessage, Subscription } from '../bus/event-bus.ts'
import type { NewDeadLetter } from '../dead-letters/dead-letter.ts'
import { eventBytesMax } from '../events/event.ts'
import { parseCloudEvent, parseJson } from '../events/cloud-event.ts'
import { toIncoming } from './event-draft.ts'
import type { IntakeRequest, IntakeResult, KeyConflict } from './event-intake.ts'
import type { IntakeBatcher } from './intake-batcher.ts'
import { RetryLater } from './retry-later.ts'
import type { TenantLimits } from './tenant-limits.ts'
import type { TenantQuota } from './tenant-quota.ts'

/** What the ingest needs to know of a tenant. */
export interface IngestTenant {
  readonly id: string
  readonly active: boolean
}

export interface IngestConsumerOptions {
  readonly bus: IngestBus
  readonly intake: Pick<IntakeBatcher, 'accept'>
  readonly tenant: (slug: string) => IngestTenant | null
  readonly tenantLimits: Pick<TenantLimits, 'intake'>
  readonly quota: Pick<TenantQuota, 'take' | 'putBack'>
  readonly clock: Clock
  readonly logger: Logger
  /** Messages taken ahead of their acknowledgement. */
  readonly prefetchMax?: number
}

const workspace = 'default'
const retryMs = 2_000
/** Between the first and the last moment at which a message above the quota comes again. */
const delayMs = { min: 100, max: 30_000 } as const
const keptBodyCharsMax = 64 * 1024

/**
 * Takes the CloudEvents (structured mode) that other systems publish straight to the bus, for the workspace `default`. A
 * message is acknowledged when its event is committed to Postgres; what cannot be read becomes a dead letter of its tenant.
 * What is above the tenant's quota is left on the bus and comes again when the quota allows it.
 */
export class IngestConsumer implements Service {
  readonly name = 'ingest-consumer'
  readonly counters = { accepted: 0, refused: 0, returned: 0, delayed: 0 }
  readonly #options: IngestConsumerOptions
  readonly #busy = new Set<Promise<void>>()
  #subscription: Subscription | null = null

  constructor(options: IngestConsumerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { bus, prefetchMax = 256 } = this.#options
    this.#subscription ??= await bus.subscribeIngest(prefetchMax, (message) => {
      const taking = this.#take(message).finally(() => this.#busy.delete(taking))
      this.#busy.add(taking)
    })
  }

  async stop(): Promise<void> {
    await this.#subscription?.close()
    this.#subscription = null
    await Promise.all(this.#busy)
  }

  async #take(message: IngestMessage): Promise<void> {
    const tenant = this.#options.tenant(message.tenantSlug)
    if (tenant === null) return this.#refuse(message, 'NX-TENANT-NOT-FOUND', 'No tenant has this slug')
    if (!tenant.active) return this.#refuse(message, 'NX-TENANT-SUSPENDED', 'The tenant is suspended')
    const { quota, intake } = this.#options
    try {
      quota.take(tenant.id, 1)
    } catch (error) {
      if (!(error instanceof RetryLater)) throw error
      this.counters.delayed += 1
      return message.retryLater(Math.min(delayMs.max, Math.max(delayMs.min, error.retryAfterMs)))
    }
    try {
      const { request, refusal } = this.#requestOf(tenant.id, message)
      const result = await intake.accept(request)
      if (refusal !== null) return this.#refuse(message, refusal.code, refusal.reason)
      const conflicts = conflictsOf(result)
      if (conflicts.length > 0) return this.#conflict(message, conflicts)
      this.counters.accepted += 1
      message.accept(JSON.stringify(result.state === 'accepted' ? { accepted: result.events } : result))
    } catch (error) {
      quota.putBack(tenant.id, 1)
      this.counters.returned += 1
      this.#options.logger.warn(
        { tenant: message.tenantSlug, error: errorText(error) },
        'An ingest message comes again',
      )
      message.retryLater(error instanceof RetryLater ? error.retryAfterMs : retryMs)
    }
  }

  /** Its body is among the dead letters; who asked is told what it clashed with. */
  #conflict(message: IngestMessage, conflicts: readonly KeyConflict[]): void {
    this.counters.refused += 1
    this.#options.logger.warn(
      { tenant: message.tenantSlug, code: 'NX-EVENT-CONFLICT' },
      'An ingest message repeats a source and id with another body; it became a dead letter',
    )
    message.refuse(
      JSON.stringify({
        type: 'about:blank',
        status: 409,
        code: 'NX-EVENT-CONFLICT',
        title: 'An event with this source and id was accepted before with another body',
        fix: 'Give the event an id of its own, or send the first one unchanged.',
        conflicts: conflicts.map(({ externalId, ...conflict }) => ({ ...conflict, id: externalId })),
      }),
    )
  }

  /** The event, or the dead letter that says why it is none. */
  #requestOf(
    tenantId: string,
    message: IngestMessage,
  ): { request: IntakeRequest; refusal: { code: string; reason: string } | null } {
    try {
      const parsed = parseCloudEvent(parseJson(message.body, eventBytesMax))
      if (parsed.tenant !== null && parsed.tenant !== message.tenantSlug) {
        throw new NxError('invalid', 'NX-EVENT-TENANT', 'The event names another tenant than its subject')
      }
      const { tenantLimits, clock } = this.#options
      const horizonMs = tenantLimits.intake(tenantId).keyHorizonMs
      const context = { tenantId, workspace, now: clock.now(), horizonMs, onConflict: 'dead_letter' } as const
      return {
        request: { tenantId, events: [toIncoming(parsed.draft, context)], deadLetters: [] },
        refusal: null,
      }
    } catch (error) {
      if (!(error instanceof NxError) || error.kind !== 'invalid') throw error
      const reason = [error.message, error.detail, error.where?.path]
        .filter((part) => part !== undefined)
        .join(': ')
      const letter = unreadable(tenantId, error.code, reason, message.body)
      return {
        request: { tenantId, events: [], deadLetters: [letter] },
        refusal: { code: error.code, reason },
      }
    }
  }

  #refuse(message: IngestMessage, code: string, title: string): void {
    this.counters.refused += 1
    this.#options.logger.warn({ tenant: message.tenantSlug, code }, 'An ingest message was refused')
    message.refuse(JSON.stringify({ type: 'about:blank', title, code }))
  }
}

function conflictsOf(result: IntakeResult): readonly KeyConflict[] {
  if (result.state === 'conflict') return result.conflicts
  return result.state === 'accepted' ? result.events.flatMap(({ conflict }) => conflict ?? []) : []
}

function unreadable(tenantId: string, code: string, reason: string, body: Buffer): NewDeadLetter {
  return {
    // The same message again makes the same letter, not another one.
    id: derivedId('dead_letter', 'ingest', tenantId, sha256Hex(body)),
    tenantId,
    workspace,
    source: 'ingest',
    class: 'invalid',
    code,
    reason,
    integration: null,
    entityKey: null,
    eventId: null,
    commandId: null,
    cause: null,
    payload: { body: body.toString('utf8').replaceAll('\u0000', '').slice(0, keptBodyCharsMax) },
  }
}
