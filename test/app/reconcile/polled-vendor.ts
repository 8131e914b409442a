import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGhlTestKeys } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import { vaultOf } from '../../../src/app/credentials/operator-vault.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { setSecret } from '../../../src/platform/secrets/set-secret.ts'
import type { RunningSystem } from '../../support/system/running-system.ts'

export const keys = createGhlTestKeys()

/** A vendor on a socket: what it holds and shows, and the webhooks that it would send. */
export class PolledVendor {
  readonly contacts: JsonObject[] = []
  readonly messages: JsonObject[] = []
  readonly asked: string[] = []
  status = 200
  /** Of messages. */
  pageSize = 100
  /** Told of every page that is asked for, before it is given. */
  onAsked: (url: URL) => void = () => {}
  readonly #server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://vendor')
    request.resume().on('end', () => {
      this.asked.push(`${request.method} ${url.pathname}${url.search}`)
      const isOurs = request.headers.authorization === 'Bearer the token'
      const mail = url.searchParams.get('channel') === 'Email'
      const from = Number(url.searchParams.get('cursor') ?? 0)
      const end = from + this.pageSize
      const page = {
        messages: this.messages.slice(from, end),
        nextCursor: end < this.messages.length ? String(end) : null,
      }
      const body =
        url.pathname === '/contacts/search' ? { contacts: this.contacts } : mail ? { messages: [] } : page
      this.onAsked(url)
      response.writeHead(isOurs ? this.status : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isOurs && this.status === 200 ? body : { message: 'no' }))
    })
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  add(id: string): JsonObject {
    const at = new Date().toISOString()
    const contact = { id, firstName: id, email: `${id}@example.com`, dateAdded: at, dateUpdated: at }
    this.contacts.push(contact)
    return { ...contact, type: 'ContactCreate', locationId: 'loc-1', timestamp: at, webhookId: `hook-${id}` }
  }

  write(id: string, contactId: string): JsonObject {
    const dateAdded = new Date().toISOString()
    const common = { contactId, conversationId: 'conv', body: `I am ${id}`, direction: 'inbound', dateAdded }
    this.messages.push({ ...common, id, messageType: 'TYPE_SMS' })
    const hook = {
      type: 'InboundMessage',
      locationId: 'loc-1',
      timestamp: dateAdded,
      webhookId: `hook-${id}`,
    }
    return { ...common, ...hook, messageId: id, messageType: 'SMS' }
  }
}

/** An Integration that is polled. */
export const polledDocuments = (url: string): string => `
---
apiVersion: neuronx/v1
kind: Integration
name: ghl
connector: gohighlevel
connection: { locationId: loc-1, baseUrl: "${url}" }
credentials: { accessToken: { secret: ghl-token } }
reconcile: { every: 1m }
webhooks:
  ed25519PublicKey: |
${keys.ed25519.publicKeyPem.trim().replaceAll(/^/gm, '    ')}
`

/** Has streams polled now that no daemon is polling. `inMs`: when instead. */
export async function wakeStreams({ operator, tenant }: RunningSystem, inMs = 0): Promise<void> {
  for (const { stream, nextAt } of await operator.reconcile.standings(tenant.id)) {
    // Who takes one that is due already only takes it away from the daemon.
    if (inMs === 0 && Date.parse(nextAt) <= Date.now() + 1_000) continue
    const owner = '00000000-0000-4000-8000-000000000001'
    const place = { tenantId: tenant.id, integration: 'ghl', stream }
    const held = await operator.reconcile.beginNow(place, owner, 60_000)
    if (held === null && inMs > 0) throw new Error(`${stream} is being polled`)
    if (held === null) continue
    const { readUntil, position, beganAt } = held
    const nothing = { kind: 'poll', found: 0, missed: 0, unmapped: 0, error: null, wakeInMs: inMs } as const
    await operator.reconcile.end(held, owner, { readUntil, position, beganAt, ...nothing })
  }
}

/** Of what the events of a type tell. */
export async function told({ operator, tenant }: RunningSystem, type: string): Promise<readonly string[]> {
  const { items } = await operator.messages.events(tenant.id, { type }, { limit: 100, cursor: null })
  return items.map(({ data }) => String(data['message_id'] ?? data['contact_id'])).toSorted()
}

/** The token that the vendor takes. */
export async function giveToken({ operator, settings }: RunningSystem): Promise<void> {
  const vault = await vaultOf(operator, settings)
  const secret = { tenant: 'acme', name: 'ghl-token', value: Buffer.from('the token') }
  await setSecret({ ...operator, vault }, operator.actor, secret)
}
