import { openKeys } from '../../../adapters/connectors/webhooks/webhook-keys.ts'
import { readEntries } from '../../../adapters/connectors/webhooks/registration/read-entries.ts'
import type { RegisteredEntry } from '../../../adapters/connectors/webhooks/registration/read-entries.ts'
import { RegistrationCaller } from '../../../adapters/connectors/webhooks/registration/registration-caller.ts'
import type { CallEnd } from '../../../adapters/connectors/webhooks/registration/registration-caller.ts'
import type { RegistrationByApi } from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import { isJsonObject, readPath } from '../../../kernel/json.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Settings } from '../../config/settings.ts'
import { requireRealVendor } from '../../fakes/require-real-vendor.ts'
import type { Operator } from '../../operator.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'
import { operatorCredentials } from '../testing/operator-credentials.ts'

export interface VendorWebhooksOptions {
  readonly operator: Operator
  readonly settings: Pick<Settings, 'masterKeyFile' | 'egressAllowPrivate' | 'dataDir' | 'databaseUrl'>
  readonly place: AdapterPlace
  readonly integration: Integration
  readonly api: RegistrationByApi
  readonly signal: AbortSignal
}

const noRegistration =
  'A fake keeps no addresses: it posts its receipts without being told, signed with the test key of the integration.'

/**
 * The calls of a registration, with the daemons' own credentials, limits and reading of answers. None is repeated by itself. Each throws
 * NX-FAKE-INSTEAD when a fake stands in for the vendor.
 */
export class VendorWebhooks implements AsyncDisposable {
  readonly #options: VendorWebhooksOptions
  readonly #client: OutgoingClient
  readonly #tokenClient: OutgoingClient
  #proofs: Awaited<ReturnType<typeof operatorCredentials>> | null = null

  constructor(options: VendorWebhooksOptions) {
    const allowPrivate = options.settings.egressAllowPrivate
    this.#options = options
    this.#client = new OutgoingClient({ allowPrivate })
    this.#tokenClient = new OutgoingClient({ allowPrivate })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]()
    await this.#tokenClient[Symbol.asyncDispose]()
  }

  /** What the vendor has. Throws what the stores throw. */
  async read(address: string): Promise<CallEnd<{ readonly entries: readonly RegisteredEntry[] }>> {
    const answer = await this.#call('list', {})
    if (answer.state === 'failed') return answer
    const { api, integration } = this.#options
    const entries = readEntries(api, answer.body, integration.connection, address)
    if (entries !== null) return { state: 'done', entries }
    const message = 'The vendor does not say what it has, or has more than can be read at once'
    return { state: 'failed', code: 'NX-WEBHOOK-LIST', message }
  }

  /** Sets the address, or makes an entry. `secret`: what the vendor made up to sign with; null: nothing. */
  async set(
    address: string,
    id: string,
  ): Promise<CallEnd<{ readonly secret: string | null; readonly id: string }>> {
    const { secret, entry } = this.#options.api
    const answer = await this.#call('set', { address, id, ...(await this.#keyInputs()) })
    if (answer.state === 'failed') return answer
    const told = isJsonObject(answer.body) ? answer.body : {}
    const made = secret === undefined ? null : readPath(told, secret.path)
    const known = entry.id === undefined ? '' : readPath(told, entry.id)
    return {
      state: 'done',
      secret: typeof made === 'string' && made !== '' ? made : null,
      id: typeof known === 'string' ? known : '',
    }
  }

  async change(address: string, id: string): Promise<CallEnd<object>> {
    return await this.#call('change', { address, id })
  }

  async remove(id: string): Promise<CallEnd<object>> {
    return await this.#call('remove', { id })
  }

  /** Names of keys that `set` needs and that have no value. */
  async missingKeys(): Promise<readonly string[]> {
    const given = await this.#keyInputs()
    return Object.entries(this.#options.api.keys ?? {}).flatMap(([input, key]) =>
      given[input] === undefined ? [key] : [],
    )
  }

  async #keyInputs(): Promise<JsonObject> {
    const { api, integration, place } = this.#options
    const { secrets } = await this.#opened()
    const sources = integration.webhooks?.keySources ?? {}
    const wanted = Object.entries(api.keys ?? {})
    const named = Object.fromEntries(wanted.map(([, key]) => [key, sources[key] ?? '']))
    const keys = await openKeys(named, secrets, place.tenantId)
    return Object.fromEntries(
      wanted.flatMap(([input, key]) => {
        const [value] = (keys as Readonly<Record<string, readonly string[]>>)[key] ?? []
        return value === undefined ? [] : [[input, value] as const]
      }),
    )
  }

  async #call(name: Parameters<RegistrationCaller['call']>[0], input: JsonObject) {
    const { place, operator, integration, signal, settings } = this.#options
    await requireRealVendor(settings, integration, noRegistration)
    const { clock } = operator
    const { tenantId, workspace } = place
    const options = {
      ...(await this.#opened()),
      client: this.#client,
      clock,
      tenantId,
      workspace,
      integration,
    }
    return await new RegistrationCaller(options).call(name, input, signal)
  }

  async #opened() {
    const { operator, settings, integration } = this.#options
    const keys = Object.values(integration.webhooks?.keySources ?? {}).flat()
    const secrets = keys.flatMap((one) => (typeof one === 'object' && 'secret' in one ? [one] : []))
    const credentials = {
      ...integration.credentials,
      ...Object.fromEntries(secrets.map((one, index) => [`key ${index}`, one])),
    }
    this.#proofs ??= await operatorCredentials(
      operator,
      settings,
      { auth: integration.auth, credentials },
      this.#tokenClient,
    )
    return this.#proofs
  }
}
