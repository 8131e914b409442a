import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import type { ConnectionOptions, NatsConnection } from 'nats'
import type { Clock } from '../../kernel/clock.ts'
import { NxError, errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { parseNatsUrl } from './nats-url.ts'

export interface NatsConnectionOptions {
  readonly url: string
  /** Shown in the server's connection list. */
  readonly name: string
  /** How long the first connection is tried for, milliseconds. */
  readonly connectMs: number
  readonly clock: Clock
  readonly logger: Logger
}

const attemptMs = 3_000
const pauseMs = 250

/**
 * Connects, trying again until `connectMs` have passed; from then on the client reconnects for as long as it takes (its
 * default gives up after 20 s). Throws NX-BUS-URL, NX-BUS-AUTH and NX-BUS-UNREACHABLE (retryable).
 */
export async function openNatsConnection(options: NatsConnectionOptions): Promise<NatsConnection> {
  const { servers, tls, ...credentials } = parseNatsUrl(options.url)
  const settings: ConnectionOptions = {
    servers: [...servers],
    ...credentials,
    ...(tls ? { tls: {} } : {}),
    name: options.name,
    timeout: attemptMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: pauseMs,
    reconnectJitter: 100,
    // A server that restarts with other users for a moment is no reason to give up for ever.
    ignoreAuthErrorAbort: true,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  }
  const deadline = options.clock.monotonicMs() + options.connectMs
  for (;;) {
    try {
      return await connect(settings)
    } catch (error) {
      if (isRefusal(error)) throw refused(servers, error)
      if (options.clock.monotonicMs() + pauseMs > deadline)
        throw unreachable(servers, options.connectMs, error)
      options.logger.warn({ servers, error: errorText(error) }, 'NATS does not answer yet')
      await sleep(pauseMs)
    }
  }
}

function isRefusal(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'AUTHORIZATION_VIOLATION'
  )
}

function refused(servers: readonly string[], cause: unknown): NxError {
  return new NxError('unauthenticated', 'NX-BUS-AUTH', 'NATS refuses the credentials', {
    detail: `Server ${servers.join(', ')}.`,
    fix: 'Put the right user and password into NEURONX_NATS_URL (nats://user:password@host:4222).',
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
