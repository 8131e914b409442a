import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

export interface Authority extends Certificate {
  /** Signs a certificate for DNS names and addresses of IPv4. */
  issue(names: readonly string[], validity?: Validity): Certificate
}

export interface Validity {
  readonly from: Date
  readonly to: Date
}

const current: Validity = { from: new Date('2020-01-01T00:00:00Z'), to: new Date('2049-01-01T00:00:00Z') }

/** A certificate authority of one test. */
export function makeAuthority(): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = nameOf('neuronx test authority')
  const own = certificate({
    issuer,
    subject: issuer,
    publicKey,
    signer: privateKey,
    extensions: [isAuthority],
  })
  return {
    cert: own,
    key: pem(privateKey),
    issue: (names, validity = current) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const subject = nameOf(names[0] ?? 'nobody')
      const extensions = [alternativeNames(names)]
      const { publicKey: key } = pair
      const cert = certificate({ issuer, subject, publicKey: key, signer: privateKey, extensions, validity })
      return { cert, key: pem(pair.privateKey) }
    },
  }
}

interface CertificateParts {
  readonly issuer: Buffer
  readonly subject: Buffer
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
  readonly validity?: Validity
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes))
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const isAuthority = sequence(
  oid(0x55, 0x1d, 0x13),
  der(0x01, Buffer.from([0xff])),
  der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
)

/** X.509 version 3, as RFC 5280 writes it. */
function certificate({
  issuer,
  subject,
  publicKey,
  signer,
  extensions,
  validity = current,
}: CertificateParts): string {
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(8)])
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    issuer,
    sequence(utcTime(validity.from), utcTime(validity.to)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, signer)
  const all = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  const lines = all.toString('base64').replace(/(.{64})/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    /^\d+\.\d+\.\d+\.\d+$/.test(name)
      ? der(0x87, Buffer.from(name.split('.').map(Number)))
      : der(0x82, Buffer.from(name)),
  )
  return sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(...entries)))
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)))))
}

function utcTime(time: Date): Buffer {
  return der(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
