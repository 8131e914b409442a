import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import type { PeerCertificate } from 'node:tls'
import { ErrorCode } from 'nats'
import { errorText, NxError } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { warnWhenOpen } from './nats-credentials.ts'

/** TLS to NATS. Files are PEM, absolute paths, read again at every connect. */
export interface NatsTls {
  /** Who may have signed the server's certificate; null: the authorities that Node knows. */
  readonly caFile: string | null
  /** Our own certificate and key, for a server that asks for one (`verify: true`); both or none. */
  readonly certFile: string | null
  readonly keyFile: string | null
  /** The name in the server's certificate, when it is reached under another one. */
  readonly serverName: string | null
  /** TLS before the server's greeting (`handshake_first`, nats-server 2.10.4 and newer). */
  readonly handshakeFirst: boolean
}

/** The client's `tls` option when the address alone asks for TLS. `servers`: `host:port`. */
export function plainTlsOptions(servers: readonly string[]): Record<string, unknown> {
  return { checkServerIdentity: identityCheck(servers) }
}

/**
 * For a server that is reached by its IP address the client names no name, and Node then expects `localhost`: the certificate
 * must hold one of the addresses that we were told.
 */
function identityCheck(servers: readonly string[]) {
  const hosts = servers.map((server) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''))
  const addresses = hosts.filter((host) => isIP(host) !== 0)
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    if (name !== 'localhost' || hosts.includes(name) || addresses.length === 0)
      return checkServerIdentity(name, certificate)
    const failures = addresses.map((address) => checkServerIdentity(address, certificate))
    return failures.includes(undefined) ? undefined : failures[0]
  }
}

/** What the client's `tls` option becomes. Throws NX-BUS-TLS (io or configuration) for files that cannot serve. */
export function tlsOptionsOf(
  tls: NatsTls,
  servers: readonly string[],
  nowMs: number,
  logger: Logger,
): Record<string, unknown> {
  const { caFile, certFile, keyFile, serverName, handshakeFirst } = tls
  if ((certFile === null) !== (keyFile === null)) {
    throw new NxError('configuration', 'NX-BUS-TLS', 'A certificate for NATS needs its key, and the key it', {
      where: { path: certFile === null ? 'bus.tls.certFile' : 'bus.tls.keyFile' },
      fix: 'Set bus.tls.certFile and bus.tls.keyFile, or neither.',
    })
  }
  if (caFile !== null) requireCertificates(caFile, 'bus.tls.caFile', nowMs)
  if (certFile !== null) requireCertificates(certFile, 'bus.tls.certFile', nowMs)
  if (keyFile !== null) {
    readPem(keyFile, 'bus.tls.keyFile', /-----BEGIN [A-Z ]*PRIVATE KEY-----/)
    warnWhenOpen(keyFile, logger)
  }
  return {
    ...plainTlsOptions(servers),
    ...(caFile === null ? {} : { caFile }),
    ...(certFile === null ? {} : { certFile }),
    ...(keyFile === null ? {} : { keyFile }),
    ...(serverName === null ? {} : { servername: serverName }),
    ...(handshakeFirst ? { handshakeFirst } : {}),
  }
}

function requireCertificates(file: string, setting: string, nowMs: number): void {
  const text = readPem(file, setting, /-----BEGIN (TRUSTED )?CERTIFICATE-----/)
  const expired = [...text.matchAll(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)]
    .map(([pem]) => certificateOf(pem, file, setting))
    .find(({ validTo }) => Date.parse(validTo) <= nowMs)
  // A bundle of authorities may hold old ones beside the one that counts.
  if (expired === undefined || setting === 'bus.tls.caFile') return
  throw new NxError('configuration', 'NX-BUS-TLS', 'The certificate for NATS has expired', {
    detail: `It was valid until ${expired.validTo}.`,
    where: { file, path: setting },
    fix: 'Put a new certificate and its key in their places.',
  })
}

function certificateOf(pem: string, file: string, setting: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw notPem(file, setting, errorText(error))
  }
}

function readPem(file: string, setting: string, pattern: RegExp): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new NxError('io', 'NX-BUS-TLS', 'A file for TLS to NATS cannot be read', {
      detail: errorText(error),
      where: { file, path: setting },
      fix: `Correct ${setting} in the settings file, and let this user read the file.`,
    })
  }
  if (pattern.test(text)) return text
  throw notPem(file, setting, 'It has no such PEM block.')
}

function notPem(file: string, setting: string, detail: string): NxError {
  return new NxError('configuration', 'NX-BUS-TLS', 'A file for TLS to NATS does not hold what it must', {
    detail,
    where: { file, path: setting },
    fix: `${setting} names a PEM file: a certificate (several for caFile), or a private key without passphrase.`,
  })
}

/** The error of a connection that failed for TLS reasons, or null when it failed for another one. */
export function tlsFailure(servers: readonly string[], error: unknown): NxError | null {
  for (const cause of causesOf(error)) {
    const fix = fixOf(String((cause as { code?: unknown }).code ?? ''), errorText(cause))
    if (fix === null) continue
    return new NxError('configuration', 'NX-BUS-TLS', 'There is no TLS connection to NATS', {
      detail: `Server ${servers.join(', ')}: ${errorText(cause)}.`,
      fix,
      cause: error,
    })
  }
  return null
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  let current: unknown = error
  while (typeof current === 'object' && current !== null && causes.length < 5) {
    causes.push(current)
    current = (current as { chainedError?: unknown }).chainedError ?? (current as { cause?: unknown }).cause
  }
  return causes
}

/** Node's and OpenSSL's codes, and the one of the NATS client. */
function fixOf(code: string, text: string): string | null {
  if (code === 'CERT_HAS_EXPIRED')
    return 'The server’s certificate has expired: renew it and reload nats-server.'
  if (code === 'CERT_NOT_YET_VALID') return 'The server’s certificate is not valid yet: compare the clocks.'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'Reach the server under a name in its certificate, or set bus.tls.serverName to one.'
  if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED|CERT_SIGNATURE|INVALID_CA/.test(code))
    return 'Set bus.tls.caFile to the certificate of the authority that signed the server’s.'
  if (/ALERT.*(CERTIFICATE|UNKNOWN_CA|BAD_CERT|ACCESS_DENIED)|CERTIFICATE_REQUIRED/.test(code))
    return 'The server asks for a certificate that it trusts and that has not expired: set bus.tls.certFile and bus.tls.keyFile.'
  if (code === ErrorCode.ServerOptionNotAvailable && text.includes('tls'))
    return 'The server has no TLS: add a tls section to its configuration, or remove bus.tls and write nats:// instead of tls://.'
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH')
    return 'bus.tls.keyFile is not the key of bus.tls.certFile.'
  if (/^ERR_(SSL|OSSL|TLS)_/.test(code)) return 'Compare the TLS settings of both sides.'
  return null
}
