import type { JetStreamAccountStats, JetStreamManager, NatsConnection, NatsError } from 'nats'
import { NxError, errorText } from '../../kernel/errors.ts'

/** JetStream's own numbers for what went wrong. */
export const apiError = {
  consumerNotFound: 10014,
  /** That was to be changed. */
  consumerDoesNotExist: 10149,
  messageNotFound: 10037,
  /** Than the stream's own limit. */
  messageTooLarge: 10054,
  streamNotFound: 10059,
} as const

/** The number of a JetStream error; null for anything else (time-outs, a closed connection). */
export function apiErrorCode(error: unknown): number | null {
  return (error as NatsError | null)?.api_error?.err_code ?? null
}

/** What the account uses and may use. Throws NX-BUS-NO-JETSTREAM or NX-BUS-UNREACHABLE when JetStream does not answer. */
export async function requireJetStream(jsm: JetStreamManager): Promise<JetStreamAccountStats> {
  try {
    return await jsm.getAccountInfo()
  } catch (error) {
    throw callFailed(error)
  }
}

/** What a JetStream call that failed means to its reader. */
export function callFailed(error: unknown): unknown {
  if (error instanceof NxError) return error
  const code = (error as { code?: unknown } | null)?.code
  if (code === '503') {
    return new NxError('unreachable', 'NX-BUS-NO-JETSTREAM', 'NATS runs without JetStream', {
      fix: 'Start it with -js (or a jetstream section in its configuration); when its disk was full, restart it.',
      retryable: true,
      cause: error,
    })
  }
  return new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'JetStream does not answer', {
    detail: errorText(error),
    fix: 'Look at the log and the disk of nats-server; a server whose disk was full needs a restart.',
    retryable: true,
    cause: error,
  })
}

/** For calls that need a connection now. */
export function notConnected(connection: NatsConnection): NxError {
  return new NxError('unreachable', 'NX-BUS-UNREACHABLE', 'There is no connection to NATS', {
    detail: connection.isClosed() ? 'It was closed.' : 'It was lost; the client is reconnecting.',
    fix: 'Start NATS or correct NEURONX_NATS_URL.',
    retryable: true,
  })
}
