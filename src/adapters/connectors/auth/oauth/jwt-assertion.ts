import { createPrivateKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { NxError } from '../../../../kernel/errors.ts'
import { newId } from '../../../../kernel/ids.ts'
import type { JwtBearerAuth } from '../../definition/auth-definition.ts'

/** Vendors' clocks and ours differ: an assertion is dated back by this, seconds. */
const skewS = 30

/**
 * A signed assertion (RFC 7523): the declared claims, with iat, exp and jti. `pem` is a PKCS#8, PKCS#1 or SEC1 private key. Throws
 * NX-AUTH-KEY (configuration) when it is none, or does not fit the algorithm.
 */
export function signAssertion(
  { algorithm, claims, lifetimeS }: Pick<JwtBearerAuth, 'algorithm' | 'claims' | 'lifetimeS'>,
  pem: string,
  now: Date,
): string {
  const key = privateKey(pem, algorithm)
  const seconds = Math.floor(now.getTime() / 1_000)
  const header = encode({ alg: algorithm, typ: 'JWT' })
  const payload = encode({ ...claims, iat: seconds - skewS, exp: seconds + lifetimeS, jti: newId() })
  const signature = sign('sha256', Buffer.from(`${header}.${payload}`), {
    key,
    // As JOSE wants it: r and s beside each other. RSA does not look at it.
    dsaEncoding: 'ieee-p1363',
  })
  return `${header}.${payload}.${signature.toString('base64url')}`
}

function privateKey(pem: string, algorithm: JwtBearerAuth['algorithm']): KeyObject {
  const key = readKey(pem)
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key ?? {}
  const fits =
    algorithm === 'RS256'
      ? type === 'rsa' && (details?.modulusLength ?? 0) >= 2_048
      : type === 'ec' && details?.namedCurve === 'prime256v1'
  if (key !== null && fits) return key
  throw new NxError('configuration', 'NX-AUTH-KEY', 'The private key cannot sign the assertion', {
    detail:
      key === null
        ? 'It is not a private key in PEM form without a password.'
        : `${algorithm} needs ${algorithm === 'RS256' ? 'an RSA key of 2048 bits or more' : 'a key on the curve P-256'}.`,
    fix: 'Store the right key with `neuronx secret set NAME < key.pem`.',
  })
}

function readKey(pem: string): KeyObject | null {
  try {
    return createPrivateKey(pem)
  } catch {
    return null
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
