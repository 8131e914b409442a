import { readFileSync, statSync } from 'node:fs'
import {
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from 'nats'
import type { Authenticator } from 'nats'
import { NxError, errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'

/** How we say who we are. Files are absolute paths; each is read again at every connect, so that a new one takes effect. */
export type NatsCredentials =
  | { readonly kind: 'none' }
  /** From the address. */
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'passwordFile'; readonly user: string; readonly file: string }
  | { readonly kind: 'tokenFile'; readonly file: string }
  /** An NKey seed (`SU…`) on one line. */
  | { readonly kind: 'nkeySeedFile'; readonly file: string }
  /** What `nsc generate creds` writes: a user JWT and its seed. */
  | { readonly kind: 'credentialsFile'; readonly file: string }

const fileBytesMax = 64 * 1024

/**
 * Checks the credentials and returns what answers the server at every connect. A file that has become unreadable is answered
 * with what it held before, and logged: the client cannot bear an exception there. Throws NX-BUS-CREDENTIALS-FILE.
 */
export function authenticatorOf(credentials: NatsCredentials, logger: Logger): Authenticator | null {
  if (credentials.kind === 'none') return null
  if (credentials.kind === 'password')
    return usernamePasswordAuthenticator(credentials.user, credentials.password)
  if (credentials.kind === 'token') return tokenAuthenticator(credentials.token)
  const { file } = credentials
  warnWhenOpen(file, logger)
  let content = readCredentials(credentials)
  const latest = (): string => {
    try {
      content = readCredentials(credentials)
    } catch (error) {
      logger.warn(
        { file, error: errorText(error) },
        'The credentials cannot be read now; those before are used',
      )
    }
    return content
  }
  const bytes = (): Uint8Array => Buffer.from(latest())
  switch (credentials.kind) {
    case 'passwordFile':
      return usernamePasswordAuthenticator(credentials.user, latest)
    case 'tokenFile':
      return tokenAuthenticator(latest)
    case 'nkeySeedFile':
      return nkeyAuthenticator(bytes)
    case 'credentialsFile':
      // One read for both halves: between two the file may be exchanged.
      return (nonce) => credsAuthenticator(bytes())(nonce)
  }
}

/** What to do when the server refuses these credentials. Names no secret. */
export function fixOfRefusal(credentials: NatsCredentials, nowMs: number): string {
  switch (credentials.kind) {
    case 'none':
      return 'The server asks for credentials: give them in NEURONX_NATS_URL (nats://user:password@host:4222) or in the bus section of the settings file.'
    case 'password':
      return 'Put the right user and password into NEURONX_NATS_URL (nats://user:password@host:4222).'
    case 'token':
      return 'Put the right token into NEURONX_NATS_URL (nats://token@host:4222).'
    case 'passwordFile':
      return `Put the password of ${credentials.user} into ${credentials.file}, or correct bus.user.`
    case 'tokenFile':
      return `Put the token of the server's authorization section into ${credentials.file}.`
    case 'nkeySeedFile':
      return `Add { nkey: ${publicKeyOf(credentials)} } to the users of the server: it is the public key of ${credentials.file}.`
    case 'credentialsFile':
      return fixOfRefusedUser(credentials, nowMs)
  }
}

function fixOfRefusedUser(credentials: NatsCredentials & { kind: 'credentialsFile' }, nowMs: number): string {
  const claims = claimsOf(jwtAndSeed(readCredentials(credentials))?.jwt ?? '')
  const { exp, iss } = claims
  if (typeof exp === 'number' && exp * 1_000 <= nowMs)
    return `The credentials in ${credentials.file} expired at ${new Date(exp * 1_000).toISOString()}: issue new ones (nsc generate creds) in its place.`
  return `The server must trust the account that issued ${credentials.file}${typeof iss === 'string' ? ` (issuer ${iss})` : ''} and the user must not be revoked: push the account (nsc push) or issue new credentials (nsc generate creds).`
}

function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}

function publicKeyOf(credentials: NatsCredentials & { kind: 'nkeySeedFile' }): string {
  return nkeys.fromSeed(Buffer.from(readCredentials(credentials))).getPublicKey()
}

type FileCredentials = Extract<NatsCredentials, { file: string }>

/** The file's text, checked; blanks around a single line are dropped. */
function readCredentials(credentials: FileCredentials): string {
  const { file, kind } = credentials
  const text = readSmallFile(file).replaceAll('\r\n', '\n')
  if (kind === 'credentialsFile') {
    const parts = jwtAndSeed(text)
    if (parts === null || !isUserSeed(parts.seed))
      throw notCredentials(file, 'It holds no user JWT and seed.', 'Write it with: nsc generate creds')
    return text
  }
  const line = text.trim()
  if (line === '' || /[\n\0]/.test(line))
    throw notCredentials(file, 'It must hold one line.', 'Write the secret into it, and nothing else.')
  if (kind === 'nkeySeedFile' && !isUserSeed(line))
    throw notCredentials(
      file,
      'It holds no NKey seed of a user.',
      'Write the seed (SU…) into it: nk -gen user',
    )
  return line
}

function jwtAndSeed(text: string): { jwt: string; seed: string } | null {
  const [jwt, seed] = [...text.matchAll(/-{3,}BEGIN[^\n]*-{3,}\n\s*(\S+)\s*\n-{3,}/g)].map(
    (found) => found[1],
  )
  return jwt === undefined || seed === undefined ? null : { jwt, seed }
}

function isUserSeed(seed: string): boolean {
  if (!seed.startsWith('SU')) return false
  try {
    nkeys.fromSeed(Buffer.from(seed))
    return true
  } catch {
    return false
  }
}

function readSmallFile(file: string): string {
  try {
    if (statSync(file).size > fileBytesMax)
      throw notCredentials(file, `It has more than ${fileBytesMax} bytes.`, 'Name the right file.')
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof NxError) throw error
    throw new NxError('io', 'NX-BUS-CREDENTIALS-FILE', 'The credentials for NATS cannot be read', {
      detail: errorText(error),
      where: { file },
      fix: 'Correct the path in the bus section of the settings file, and let this user read the file.',
    })
  }
}

function notCredentials(file: string, detail: string, fix: string): NxError {
  return new NxError('configuration', 'NX-BUS-CREDENTIALS-FILE', 'The file holds no credentials for NATS', {
    detail,
    where: { file },
    fix,
  })
}

/** Warns when every user of the machine may read a secret. */
export function warnWhenOpen(file: string, logger: Logger): void {
  const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o777
  if ((mode & 0o004) === 0) return
  const fields = { file, mode: mode.toString(8), fix: `chmod 600 ${file}` }
  logger.warn(fields, 'Everybody on this machine may read this secret')
}
