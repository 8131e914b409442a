import type { FakeReceipt } from '../../adapters/connectors/fakes/engine/fake-request.ts'
import { renderFake } from '../../adapters/connectors/fakes/engine/fake-world.ts'
import { fakeContractOf } from '../../adapters/connectors/fakes/known-fakes.ts'
import type { Integration } from '../../adapters/connectors/integration.ts'
import { systemClock } from '../../kernel/clock.ts'
import { errorText } from '../../kernel/errors.ts'
import { newId } from '../../kernel/ids.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Logger } from '../../kernel/logger.ts'
import { webhookPath } from '../adapters/catalog/webhook-facts.ts'
import { postDelivery } from '../adapters/trigger/post-delivery.ts'
import { schemeFor, signDelivery } from '../adapters/trigger/sign-delivery.ts'
import { readTestKey, requireOwnKey } from '../adapters/trigger/test-keys.ts'

export interface FakeReceiptsOptions {
  /** Of the test keys. */
  readonly dataDir: string
  readonly logger: Logger
  /** How long after the answer a receipt comes, milliseconds. */
  readonly delayMs?: number
}

const knownMax = 1_000
const waitingMax = 1_000

/**
 * Posts the receipts of fakes to the gateway, as their vendors would: signed with the test key that `event trigger --new-test-key` made
 * for the integration. Without one, or without an address, there are none.
 */
export class FakeReceipts {
  readonly #options: Required<FakeReceiptsOptions>
  readonly #known = new Map<string, Integration>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #gateway: { readonly origin: string; readonly publicOrigin: string } | null = null

  constructor(options: FakeReceiptsOptions) {
    this.#options = { delayMs: 500, ...options }
  }

  /** An integration that a fake stands in for. */
  note(slug: string, integration: Integration): void {
    this.#known.set(`${slug}/${integration.name}`, integration)
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownMax && oldest !== undefined) this.#known.delete(oldest)
  }

  /** Where the gateway listens, and how vendors know it. */
  sendTo(origin: string, publicOrigin: string): void {
    this.#gateway = { origin, publicOrigin }
  }

  take(connector: string, caller: string, receipt: FakeReceipt): void {
    if (this.#timers.size >= waitingMax) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#post(connector, caller, receipt).catch((error: unknown) =>
        this.#options.logger.warn({ connector, caller, error: errorText(error) }, 'A receipt was not taken'),
      )
    }, this.#options.delayMs)
    this.#timers.add(timer)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #post(connector: string, caller: string, { name, scope }: FakeReceipt): Promise<void> {
    const integration = this.#known.get(caller)
    const receiver = integration?.webhooks ?? null
    const definition = integration?.connector.definition.webhooks ?? null
    const template = fakeContractOf(connector).receipts?.[name]
    if (!integration || receiver === null || definition === null || template === undefined) return
    if (this.#gateway === null) return
    const [slug = ''] = caller.split('/', 1)
    const { dataDir, logger } = this.#options
    const place = { dataDir, slug, integration: integration.name }
    const key = await readTestKey(place, connector).catch(() => null)
    if (key === null)
      return logger.debug({ connector, caller }, 'No test key was made, so no receipt is sent')
    const { origin, publicOrigin } = this.#gateway
    const path = webhookPath(slug, integration.name, receiver)
    const scheme = schemeFor(definition.schemes, key, publicOrigin + path)
    if (scheme === null)
      return logger.warn({ connector, caller }, 'The test key signs by none of the schemes')
    requireOwnKey(key, scheme.key, receiver)
    const payload = renderFake(template.payload, { ...scope, connection: integration.connection })
    const body = bodyOf(template.format, isJsonObject(payload) ? payload : {})
    const headers = signDelivery(scheme, key, {
      url: publicOrigin + path,
      body,
      id: newId(),
      now: systemClock.now(),
    })
    const type = template.format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
    await postDelivery(origin + path, body, { ...headers, 'content-type': type })
  }
}

function bodyOf(format: 'json' | 'form', payload: JsonObject): string {
  if (format === 'json') return JSON.stringify(payload)
  const members = Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)])
  return new URLSearchParams(members).toString()
}
