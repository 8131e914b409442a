import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorCode, connect } from 'nats'
import type { ConnectionOptions, NatsConnection } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { NxError, errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { credentialsFor, openAccess } from './access/nats-access.ts'
import type { NatsAccess } from './access/nats-access.ts'
import { authenticatorOf, fixOfRefusal } from './access/nats-credentials.ts'
import type { NatsCredentials } from './access/nats-credentials.ts'
import { plainTlsOptions, tlsFailure, tlsOptionsOf } from './access/nats-tls.ts'
import { probeTls } from './access/tls-probe.ts'
import { parseNatsUrl } from './nats-url.ts'
import type { NatsAddress } from './nats-url.ts'

export interface NatsConnectionOptions {
  readonly url: string
  /** Default: nothing beside what the address says. */
  readonly access?: NatsAccess
  /** Shown in the server's connection list. */
  readonly name: string
  /** How long the first connection is tried for, milliseconds. */
  readonly connectMs: number
  readonly clock: Clock
  readonly logger: Logger
}

const attemptMs = 3_000
const pauseMs = 250
/** A server that hangs is given up after two unanswered pings: about 18 s. */
const pingMs = 6_000

const refusalCodes: ReadonlySet<string> = new Set([
  ErrorCode.AuthorizationViolation,
  ErrorCode.AuthenticationExpired,
  ErrorCode.AuthenticationTimeout,
  ErrorCode.AccountExpired,
])

/**
 * Connects, trying again until `connectMs` have passed; from then on the client reconnects for as long as it takes (its
 * default gives up after 20 s), each time with what the files of credentials and certificates hold then. Throws NX-BUS-URL,
 * NX-BUS-CREDENTIALS…, NX-BUS-AUTH, NX-BUS-TLS and NX-BUS-UNREACHABLE (retryable).
 */
export async function openNatsConnection(options: NatsConnectionOptions): Promise<NatsConnection> {
  const { clock, logger, access = openAccess } = options
  const address = parseNatsUrl(options.url)
  const { servers } = address
  const credentials = credentialsFor(address, access)
  const settings = connectionOptions(options, address, credentials)
  const deadline = clock.monotonicMs() + options.connectMs
  for (;;) {
    try {
      return await connect(settings)
    } catch (error) {
      if (isRefusal(error)) throw refused(servers, fixOfRefusal(credentials, clock.now().getTime()), error)
      const tlsError =
        tlsFailure(servers, error) ?? tlsFailure(servers, await silentObjection(error, servers, access))
      if (tlsError !== null) throw tlsError
      if (clock.monotonicMs() + pauseMs > deadline) throw unreachable(servers, options.connectMs, error)
      logger.warn({ servers, error: errorText(error) }, 'NATS does not answer yet')
      await sleep(pauseMs)
    }
  }
}

function connectionOptions(
  { access = openAccess, clock, logger, name }: NatsConnectionOptions,
  { servers, tls }: NatsAddress,
  credentials: NatsCredentials,
): ConnectionOptions {
  const authenticator = authenticatorOf(credentials, logger)
  return {
    servers: [...servers],
    ...(authenticator === null ? {} : { authenticator }),
    ...(access.tls !== null
      ? { tls: tlsOptionsOf(access.tls, servers, clock.now().getTime(), logger) }
      : tls
        ? { tls: plainTlsOptions(servers) }
        : {}),
    name,
    timeout: attemptMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: pauseMs,
    reconnectJitter: 100,
    reconnectJitterTLS: 500,
    // A server that restarts with other users for a moment is no reason to give up for ever.
    ignoreAuthErrorAbort: true,
    pingInterval: pingMs,
    maxPingOut: 2,
    noAsyncTraces: true,
  }
}

/** What a server that asks for certificates may mean by its silence. */
async function silentObjection(
  error: unknown,
  [server]: readonly string[],
  { tls }: NatsAccess,
): Promise<unknown> {
  const isSilence = (error as { code?: unknown } | null)?.code === ErrorCode.Timeout
  return isSilence && tls !== null && server !== undefined ? await probeTls(server, tls) : null
}

/** The server says so in words of its own, before or after it has let us in. */
function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && refusalCodes.has(code)
}

function refused(servers: readonly string[], fix: string, cause: unknown): NxError {
  return new NxError('unauthenticated', 'NX-BUS-AUTH', 'NATS refuses the credentials', {
    detail: `Server ${servers.join(', ')}.`,
    fix,
    cause,
  })
}

function unreachable(servers: readonly string[], waitedMs: number, cause: unknown): NxError {
  return new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'NATS does not answer', {
    detail: `Tried ${servers.join(', ')} for ${waitedMs} ms: ${errorText(cause)}.`,
    fix: 'Start NATS with JetStream (nats-server -js) or correct NEURONX_NATS_URL; `neuronx dev` brings its own.',
    retryable: true,
    cause,
  })
}
