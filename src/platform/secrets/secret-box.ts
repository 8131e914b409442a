import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { sha256Hex } from '../../kernel/digest.ts'
import { NxError } from '../../kernel/errors.ts'
import type { SealedValue } from './secret-store.ts'

/** The length of the master key, bytes. */
export const masterKeyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const algorithm = 'aes-256-gcm'

/** The key under which all secrets of an installation are sealed. Held in memory only, never printed. */
export interface MasterKey {
  readonly bytes: Buffer
  /** The first 8 hex digits of the key's sha256: which key it is, not what it is. */
  readonly id: string
}

/** Whose secret it is: a sealed secret opens under no other tenant or name. */
export interface SecretAddress {
  readonly tenantId: string
  readonly name: string
}

/** Throws NX-MASTER-KEY (configuration) unless there are exactly 32 bytes. */
export function masterKeyOf(bytes: Buffer): MasterKey {
  if (bytes.length !== masterKeyBytes) {
    throw new NxError(
      'configuration',
      'NX-MASTER-KEY',
      `The master key has ${bytes.length} bytes, not ${masterKeyBytes}`,
      {
        fix: `Use ${masterKeyBytes} random bytes.`,
      },
    )
  }
  return { bytes, id: sha256Hex(bytes).slice(0, 8) }
}

/** Encrypts a secret with AES-256-GCM under a fresh nonce, bound to its address. */
export function sealSecret(key: MasterKey, address: SecretAddress, value: Buffer): SealedValue {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes })
  cipher.setAAD(additionalData(address))
  const ciphertext = Buffer.concat([cipher.update(value), cipher.final()])
  return { ciphertext, nonce, tag: cipher.getAuthTag(), keyId: key.id }
}

/**
 * Decrypts a secret. Throws NX-SECRET-KEY (configuration) when another master key sealed it, NX-SECRET-DAMAGED (configuration) when it
 * was changed or belongs to another tenant or name.
 */
export function openSecret(key: MasterKey, address: SecretAddress, sealed: SealedValue): Buffer {
  if (sealed.keyId !== key.id) {
    throw new NxError(
      'configuration',
      'NX-SECRET-KEY',
      `The secret '${address.name}' was sealed under another master key`,
      {
        detail: `Sealed under key ${sealed.keyId}; this installation has key ${key.id}.`,
        fix: 'Point NEURONX_MASTER_KEY_FILE at the key it was sealed under, or set the secret again.',
      },
    )
  }
  try {
    const decipher = createDecipheriv(algorithm, key.bytes, sealed.nonce, { authTagLength: tagBytes })
    decipher.setAAD(additionalData(address))
    decipher.setAuthTag(sealed.tag)
    return Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()])
  } catch (cause) {
    throw new NxError('configuration', 'NX-SECRET-DAMAGED', `The secret '${address.name}' does not open`, {
      detail: 'It was changed at rest, or belongs to another tenant or name.',
      fix: `Set it again: neuronx secret set ${address.name} --tenant SLUG < file`,
      cause,
    })
  }
}

/** Length-prefixed, so that no two addresses share their additional data. */
function additionalData({ tenantId, name }: SecretAddress): Buffer {
  return Buffer.from([tenantId, name].map((part) => `${Buffer.byteLength(part)}:${part}`).join(''))
}
