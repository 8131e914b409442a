import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readPublicKey } from '../../../adapters/connectors/webhooks/signatures/public-key.ts'
import type { WebhookReceiver } from '../../../adapters/connectors/webhooks/webhook-receiver.ts'
import type { WebhookDefinition } from '../../../adapters/connectors/webhooks/webhook-definition.ts'
import { NxError, errorText } from '../../../kernel/errors.ts'
import type { SigningKey } from './sign-delivery.ts'
import { readSigningKey } from './sign-delivery.ts'

/** A key for tests, made here; the vendor's and the customer's own keys are never read. */
export interface TestKey {
  /** Where the signing half is, readable by its owner alone. */
  readonly file: string
  /** The key of the connector's `webhooks:` that it is for. */
  readonly name: string
  /** To be written into the document; null for a secret, which is stored from the file. */
  readonly publicKey: string | null
}

export interface TestKeyPlace {
  readonly dataDir: string
  readonly slug: string
  readonly integration: string
}

function fileOf({ dataDir, slug, integration }: TestKeyPlace): string {
  return join(dataDir, 'test-keys', slug, `${integration}.key`)
}

/** Makes a key of the kind that the first scheme wants. Never over an older one. Throws NX-TRIGGER-KEY-EXISTS, NX-TRIGGER-KEY-FILE. */
export async function makeTestKey(
  place: TestKeyPlace,
  { schemes, keys }: WebhookDefinition,
): Promise<TestKey> {
  const file = fileOf(place)
  const name = schemes[0]?.key ?? ''
  const isPublic = keys[name]?.kind === 'public'
  const pair = isPublic ? generateKeyPairSync('ed25519') : null
  const text =
    pair === null
      ? `${randomBytes(24).toString('base64url')}\n`
      : pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  try {
    await mkdir(join(file, '..'), { recursive: true, mode: 0o700 })
    await writeFile(file, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    throw new NxError(
      exists ? 'conflict' : 'io',
      exists ? 'NX-TRIGGER-KEY-EXISTS' : 'NX-TRIGGER-KEY-FILE',
      exists ? 'There is a test key already' : 'The test key cannot be written',
      { where: { file }, fix: exists ? 'Use it, or remove the file first.' : errorText(error) },
    )
  }
  const publicKey = pair?.publicKey.export({ type: 'spki', format: 'pem' }).toString() ?? null
  return { file, name, publicKey }
}

/** The test key of an integration. Throws NX-TRIGGER-NO-KEY (configuration) when none was made. */
export async function readTestKey(place: TestKeyPlace, name: string): Promise<SigningKey> {
  const file = fileOf(place)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new NxError('configuration', 'NX-TRIGGER-NO-KEY', 'There is nothing to sign with', {
      cause: error,
      detail: `No test key was made for '${place.integration}'; its own keys are never taken for a test.`,
      fix: `neuronx event trigger ${name} --tenant ${place.slug} --integration ${place.integration} --new-test-key, or name the key: --key-file FILE`,
    })
  }
  return readSigningKey(text, file)
}

/**
 * Is it one of the integration's keys? Told for public keys alone: a secret is not opened for it, and the daemon refuses a wrong one.
 * Throws NX-TRIGGER-KEY-OTHER (configuration).
 */
export function requireOwnKey(key: SigningKey, name: string, { keySources }: WebhookReceiver): void {
  const given = keySources[name]
  if ('secret' in key || typeof given !== 'string') return
  const own = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' })
  if (given !== '' && readPublicKey(given).export({ type: 'spki', format: 'der' }).equals(own)) return
  throw new NxError('configuration', 'NX-TRIGGER-KEY-OTHER', 'The integration has another key', {
    detail: `\`webhooks.${name}\` of its document is not the public half of this key, so the daemon would refuse what it signs.`,
    fix: 'Write the test key into the document of a test tenant; never into that of a live one.',
  })
}
