import { readFile } from 'node:fs/promises'
import { NxError, errorText } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import type { Settings } from '../../config/settings.ts'
import type { Operator } from '../../operator.ts'
import { activeAdapters, adapterNamed } from '../catalog/active-adapter.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'
import { gatewayOrigin, listenOrigin, webhookPath } from '../catalog/webhook-facts.ts'
import type { FoundSample } from './known-samples.ts'
import { readSigningKey } from './sign-delivery.ts'
import type { SigningKey } from './sign-delivery.ts'
import { makeTestKey, readTestKey } from './test-keys.ts'
import type { TestKey } from './test-keys.ts'
import { receivingOf, triggerEvent } from './trigger-event.ts'
import type { Receiving, TriggerResult } from './trigger-event.ts'

export interface TriggerHow {
  /** null: the test key that was made for the integration. */
  readonly keyFile: string | null
  readonly change: JsonObject
  /** `http://host:port` of the daemon; null: as the settings say. */
  readonly url: string | null
}

type TriggerSettings = Pick<Settings, 'publicUrl' | 'httpListen' | 'dataDir'>

const keyBytesMax = 64 * 1024

/** Who a payload would go to. `integration` null: the only one of the vendor. Throws NX-TRIGGER-…, NX-INTEGRATION-NOT-FOUND, NX-DB-…. */
export async function findReceiving(
  operator: Pick<Operator, 'revisions'>,
  place: AdapterPlace,
  connector: string,
  integration: string | null,
): Promise<Receiving> {
  const adapters = await activeAdapters(operator, place)
  const named = integration === null ? null : adapterNamed(adapters, integration, place)
  return receivingOf(adapters, connector, named)
}

/** Makes a key to sign tests with. Throws NX-TRIGGER-KEY-EXISTS, NX-TRIGGER-KEY-FILE. */
export async function newTestKey(
  { dataDir }: Pick<Settings, 'dataDir'>,
  { slug }: AdapterPlace,
  { integration, definition }: Receiving,
): Promise<TestKey> {
  return await makeTestKey({ dataDir, slug, integration: integration.name }, definition)
}

/** Posts the payload. Throws NX-TRIGGER-…, NX-DAEMON-UNREACHABLE. */
export async function runTrigger(
  { clock }: Pick<Operator, 'clock'>,
  settings: TriggerSettings,
  { slug }: AdapterPlace,
  receiving: Receiving,
  { connector, sample }: FoundSample,
  { keyFile, change, url }: TriggerHow,
): Promise<TriggerResult> {
  const integration = receiving.integration.name
  const key: SigningKey =
    keyFile === null
      ? await readTestKey({ dataDir: settings.dataDir, slug, integration }, `${connector}.${sample.event}`)
      : await readKeyFile(keyFile)
  const origin = url === null ? listenOrigin(settings.httpListen) : originOf(url)
  const publicOrigin = settings.publicUrl == null ? origin : gatewayOrigin(settings)
  const path = webhookPath(slug, integration, receiving.receiver)
  return await triggerEvent(receiving, { connector, sample, key, change, origin, publicOrigin, path }, clock)
}

async function readKeyFile(file: string): Promise<SigningKey> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw new NxError('io', 'NX-TRIGGER-KEY-FILE', 'The key file cannot be read', {
      cause: error,
      detail: errorText(error),
      where: { file },
    })
  }
  if (bytes.length > keyBytesMax)
    throw new NxError('invalid', 'NX-TRIGGER-KEY', 'The key file is too large', { where: { file } })
  return readSigningKey(bytes.toString('utf8'), file)
}

function originOf(text: string): string {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '')
    return url.origin
  throw new NxError('usage', 'NX-USAGE', `'${text}' is not the address of a daemon`, {
    fix: 'Write --url http://HOST:PORT, without a path.',
  })
}
