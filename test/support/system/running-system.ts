import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeVendorServer } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import type { FakeVendorOptions } from '../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { applyConfig } from '../../../src/app/plan/apply-config.ts'
import { busSettings } from '../../../src/app/config/bus-settings.ts'
import { retentionSettings } from '../../../src/app/config/retention-settings.ts'
import type { Settings } from '../../../src/app/config/settings.ts'
import { startDaemon } from '../../../src/app/daemon/start-daemon.ts'
import type { RunningDaemon } from '../../../src/app/daemon/start-daemon.ts'
import { openOperator } from '../../../src/app/open-operator.ts'
import type { Operator } from '../../../src/app/operator.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { Releasers } from '../../../src/kernel/releasers.ts'
import type { Role } from '../../../src/platform/access/actor.ts'
import { createToken } from '../../../src/platform/access/create-token.ts'
import { createTenant } from '../../../src/platform/tenants/create-tenant.ts'
import type { Tenant, UnknownEventPolicy } from '../../../src/platform/tenants/tenant.ts'
import { createTestDatabase } from '../database.ts'
import { startThrowawayNats } from '../nats.ts'

/** A whole installation of a test's own: database, bus, a vendor, a tenant; the daemon is started by the test. */
export interface RunningSystem extends AsyncDisposable {
  readonly settings: Settings
  readonly operator: Operator
  readonly tenant: Tenant
  readonly vendor: FakeVendorServer
  readonly natsUrl: string
  /** Writes these documents as the tenant's configuration and applies them. */
  apply(yaml: string): Promise<void>
  token(role: Role, tenant?: string): Promise<string>
  daemon(): Promise<RunningDaemon>
}

const anyPort = { host: '127.0.0.1', port: 0 }

export async function startSystem(
  options: { vendor?: FakeVendorOptions; unknownEvents?: UnknownEventPolicy } = {},
): Promise<RunningSystem> {
  const opened = new Releasers()
  const database = opened.own(await createTestDatabase(), async (test) => test.drop())
  const nats = opened.own(await startThrowawayNats(), async (throwaway) => throwaway.remove())
  const folder = opened.own(await mkdtemp(join(tmpdir(), 'neuronx-system-')), async (path) =>
    rm(path, { recursive: true }),
  )
  const vendor = opened.own(await new FakeVendorServer(options.vendor).start(), async (server) =>
    server.stop(),
  )
  const masterKeyFile = join(folder, 'master.key')
  await writeFile(masterKeyFile, randomBytes(32), { mode: 0o600 })
  const settings: Settings = {
    databaseUrl: database.url,
    databaseOwnerUrl: database.ownerUrl,
    natsUrl: nats.server.url,
    bus: busSettings(undefined, folder),
    retention: retentionSettings(undefined),
    dataDir: folder,
    httpListen: anyPort,
    opsListen: anyPort,
    egressAllowPrivate: true,
    masterKeyFile,
    tenant: null,
    tokenFile: null,
    logLevel: 'error',
    file: null,
  }
  const operator = opened.own(await openOperator(settings), async (open) => open[Symbol.asyncDispose]())
  const tenant = await createTenant(operator, operator.actor, {
    slug: 'acme',
    unknownEvents: options.unknownEvents,
  })
  return {
    settings,
    operator,
    tenant,
    vendor,
    natsUrl: nats.server.url,
    apply: async (yaml) => {
      const directory = join(folder, 'config')
      await rm(directory, { recursive: true, force: true })
      await mkdir(join(directory, 'tenants', 'acme'), { recursive: true })
      await writeFile(join(directory, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n')
      await writeFile(join(directory, 'tenants', 'acme', 'all.yaml'), yaml)
      await applyConfig(operator, directory, null)
    },
    token: async (role, slug = 'acme') =>
      (await createToken(operator, operator.actor, { tenant: slug, role })).token,
    daemon: async () =>
      opened.own(await startDaemon(settings, { logger: silentLogger }), async (running) => running.stop()),
    [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose](),
  }
}

/** Documents that tests build on: a lead, its creation, and an HTTP integration at the vendor's address. */
export function basicDocuments(vendorUrl: string): string {
  return `
apiVersion: neuronx/v1
kind: EntityType
name: lead
fields: { name: string, country: string?, budget: number?, score: number, tags: list<string>, temperature: string? }
---
apiVersion: neuronx/v1
kind: EventType
name: lead.created
folds: lead
fields: { name: string, country: string?, budget: number? }
---
apiVersion: neuronx/v1
kind: EventType
name: lead.called
fields: { outcome: string }
---
apiVersion: neuronx/v1
kind: Integration
name: sink
connector: http
connection: { baseUrl: "${vendorUrl}" }
auth: { kind: none }
operations:
  hit: { method: POST, path: /hit, effect: send, idempotency: { header: Idempotency-Key }, body: { lead: "{{ input.lead }}", score: "{{ input.score }}" } }
  once: { method: POST, path: /once, effect: send, body: { lead: "{{ input.lead }}" } }
---
apiVersion: neuronx/v1
kind: LeadScore
name: fit
writes: lead.score
range: [0, 100]
factors:
  - { id: country, when: lead.country == "AE", points: 30 }
  - { id: budget, value: lead.budget, bands: { 0: 0, 1000: 20 } }
bands:
  - { name: warm, from: 40 }
  - { name: cold, from: 0 }
`
}

/** A rule set that sends every new lead to the sink. */
export const hitOnCreation = `
---
apiVersion: neuronx/v1
kind: RuleSet
name: new-leads
rules:
  - id: tell
    on: lead.created
    then: [ { call: sink.hit, with: { lead: "{{ lead.id }}", score: "{{ lead.score }}" } } ]
`

/** A CloudEvent about a lead. */
export function leadCreated(
  lead: string,
  data: Readonly<Record<string, unknown>> = { name: 'Ada' },
  id = `created-${lead}`,
) {
  return { specversion: '1.0', id, source: 'crm', type: 'lead.created', subject: `lead/${lead}`, data }
}

/** Posts CloudEvents, one or a batch; returns the status and the parsed body. */
export async function postEvents(
  url: string,
  token: string,
  events: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const type = Array.isArray(events) ? 'application/cloudevents-batch+json' : 'application/cloudevents+json'
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': type, authorization: `Bearer ${token}` },
    body: JSON.stringify(events),
  })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}
