import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { createGhlTestKeys } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import type { GatewayLimits } from '../../../src/adapters/gateway/gateway-limits.ts'
import type {
  GatewayObserver,
  IntakeGateway,
  ReadinessCheck,
} from '../../../src/adapters/gateway/gateway-ports.ts'
import { GatewayServer } from '../../../src/adapters/gateway/gateway-server.ts'
import type { GatewayOptions } from '../../../src/adapters/gateway/gateway-server.ts'
import type { WebhookReceiver } from '../../../src/adapters/connectors/webhooks/webhook-receiver.ts'
import { Readiness } from '../../../src/adapters/gateway/readiness.ts'
import { systemClock } from '../../../src/kernel/clock.ts'
import { sha256Hex } from '../../../src/kernel/digest.ts'
import type { Logger } from '../../../src/kernel/logger.ts'
import type { IntakeRequest, IntakeResult } from '../../../src/messaging/intake/event-intake.ts'
import { defaultIntakeLimits } from '../../../src/messaging/intake/tenant-limits.ts'
import type { IntakeLimits } from '../../../src/messaging/intake/tenant-limits.ts'
import { TenantQuota } from '../../../src/messaging/intake/tenant-quota.ts'
import type { MessagingReader } from '../../../src/messaging/reading/event-reader.ts'
import type { Role } from '../../../src/platform/access/actor.ts'
import type { TokenInfo } from '../../../src/platform/access/token-store.ts'
import type { Tenant } from '../../../src/platform/tenants/tenant.ts'
import type { EntityReader } from '../../../src/sales-core/reading/entity-reader.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

export const ghlKeys = createGhlTestKeys()

export const acme: Tenant = {
  id: '018f0000-0000-7000-8000-000000000001',
  slug: 'acme',
  name: 'Acme',
  status: 'active',
  unknownEvents: 'accept',
  createdAt: '2026-01-01T00:00:00.000Z',
}
export const asleep: Tenant = {
  ...acme,
  id: '018f0000-0000-7000-8000-000000000002',
  slug: 'asleep',
  status: 'suspended',
}

export const globex: Tenant = { ...acme, id: '018f0000-0000-7000-8000-000000000003', slug: 'globex' }

/** Tokens by what they are for; each is its own name. */
const tokens: Readonly<Record<string, { tenant: Tenant; role: Role; workspace: string }>> = {
  'ingest-of-acme': { tenant: acme, role: 'ingest', workspace: 'default' },
  'viewer-of-acme': { tenant: acme, role: 'viewer', workspace: 'default' },
  'viewer-of-acme-eu': { tenant: acme, role: 'viewer', workspace: 'eu' },
  'ingest-of-globex': { tenant: globex, role: 'ingest', workspace: 'default' },
  'ingest-of-asleep': { tenant: asleep, role: 'ingest', workspace: 'default' },
}

/** An intake in memory: inbox keys with their digests, like the real one. */
export class MemoryIntake implements IntakeGateway {
  readonly requests: IntakeRequest[] = []
  /** When set, thrown instead of storing. */
  failure: Error | null = null
  /** When set, awaited before storing. */
  gate: Promise<void> | null = null
  readonly #known = new Map<string, { id: string; digest: string }>()

  async accept(request: IntakeRequest): Promise<IntakeResult> {
    if (this.gate !== null) await this.gate
    if (this.failure !== null) throw this.failure
    const conflicts = request.events.flatMap(({ event, digest, onConflict }) => {
      const first = this.#known.get(`${event.source}\n${event.externalId}`)
      if (first === undefined || first.digest === digest || onConflict !== 'conflict') return []
      return [
        {
          source: event.source,
          externalId: event.externalId,
          firstId: first.id,
          firstDigest: first.digest,
          digest,
        },
      ]
    })
    if (conflicts.length > 0) return { state: 'conflict', conflicts }
    this.requests.push(request)
    return {
      state: 'accepted',
      events: request.events.map(({ event, digest }) => {
        const key = `${event.source}\n${event.externalId}`
        const first = this.#known.get(key)
        if (first !== undefined) return { id: first.id, duplicate: true }
        this.#known.set(key, { id: event.id, digest })
        return { id: event.id, duplicate: false }
      }),
    }
  }
}

/** A gateway on a free port with everything around it in memory. */
export class GatewaySetup {
  readonly intake = new MemoryIntake()
  readonly clock = new ManualClock()
  readonly observed = { requests: [] as string[], accepted: 0, duplicates: 0, refused: [] as string[] }
  readonly logged: string[] = []
  readonly checks: ReadinessCheck[] = []
  /** When set, takes the requests instead of `intake`. */
  door: IntakeGateway | null = null
  /** Integrations beside `ghl` that take webhooks, by name. */
  readonly receivers = new Map<string, WebhookReceiver>()
  /** What only this server is given. */
  more: Partial<GatewayOptions> = {}
  tenantLimits: IntakeLimits = { ...defaultIntakeLimits, keyHorizonMs: 1_000 }
  messages: Partial<MessagingReader> = {}
  entities: Partial<EntityReader> = {}
  server: GatewayServer | null = null

  async start(limits: Partial<GatewayLimits> = {}): Promise<this> {
    const { webhooks } = compileIntegration(
      integrationSchema.parse({
        apiVersion: 'neuronx/v1',
        kind: 'Integration',
        name: 'ghl',
        connector: 'gohighlevel',
        connection: { locationId: 'loc-1' },
        credentials: { accessToken: { secret: 'ghl-token' } },
        webhooks: { ed25519PublicKey: ghlKeys.ed25519.publicKeyPem },
      }),
    )
    this.server = new GatewayServer({
      listen: { host: '127.0.0.1', port: 0 },
      version: '0.0.0',
      directory: {
        byTokenHash: (hash) => tokenByHash.get(hash) ?? null,
        bySlug: (slug) => [acme, globex, asleep].find((tenant) => tenant.slug === slug) ?? null,
      },
      routes: {
        route: async (_tenant, name) => {
          const receiver = name === 'ghl' ? webhooks : (this.receivers.get(name) ?? null)
          return receiver === null ? null : { workspace: 'default', receiver }
        },
      },
      intake: this.door ?? this.intake,
      messages: passThrough<MessagingReader>(() => this.messages),
      entities: passThrough<EntityReader>(() => this.entities),
      readiness: new Readiness({ checks: this.checks, timeoutMs: 100, clock: systemClock }),
      observer: this.#observer(),
      clock: this.clock,
      logger: this.#logger(),
      tenantLimits: { intake: () => this.tenantLimits },
      quota: new TenantQuota({
        limits: { intake: () => this.tenantLimits },
        liveDaemons: () => 1,
        clock: this.clock,
      }),
      limits,
      ...this.more,
    })
    await this.server.start()
    return this
  }

  async stop(): Promise<void> {
    await this.server?.stop()
  }

  get url(): string {
    return this.server?.url ?? ''
  }

  /** POST with a token; `content` is sent as it is when it is text. */
  async publish(
    content: unknown,
    options: { token?: string; type?: string; headers?: Record<string, string> } = {},
  ) {
    const { token = 'ingest-of-acme', type = 'application/cloudevents+json', headers = {} } = options
    return await this.send('POST', '/v1/events', {
      headers: { 'content-type': type, authorization: `Bearer ${token}`, ...headers },
      body: typeof content === 'string' ? content : JSON.stringify(content),
    })
  }

  async get(path: string, token?: string) {
    return await this.send('GET', path, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  }

  /** The answer's status, headers and parsed body. */
  async send(method: string, path: string, init: RequestInit = {}) {
    const response = await fetch(this.url + path, { method, ...init })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : (JSON.parse(text) as Answer),
    }
  }

  #observer(): GatewayObserver {
    return {
      request: (route, status) => this.observed.requests.push(`${route} ${status}`),
      accepted: (events, duplicates) => {
        this.observed.accepted += events
        this.observed.duplicates += duplicates
      },
      refusedWebhook: (why) => this.observed.refused.push(why),
    }
  }

  #logger(): Logger {
    const log = (fields: object, message: string): void => {
      this.logged.push(`${message} ${JSON.stringify(fields)}`)
    }
    return { debug: log, info: log, warn: log, error: log }
  }
}

/** What tests read of answers. */
export interface Answer {
  readonly [member: string]: unknown
  readonly code?: string
  readonly status?: number | string
  readonly accepted?: readonly { readonly id: string; readonly duplicate: boolean }[]
}

const tokenByHash = new Map(
  Object.entries(tokens).map(([text, { tenant, role, workspace }]) => {
    const token: TokenInfo = {
      id: `id-${text}`,
      tenantId: tenant.id,
      workspace,
      role,
      label: null,
      createdAt: tenant.createdAt,
      expiresAt: null,
      revokedAt: null,
    }
    return [sha256Hex(text), { token, tenant }]
  }),
)

/** A port whose methods are looked up when they are called; a missing one fails the request. */
function passThrough<T extends object>(current: () => Partial<T>): T {
  return new Proxy({} as T, { get: (_target, name) => Reflect.get(current(), name) as unknown })
}
