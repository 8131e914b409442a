import { BulkheadRejectedError, TimeoutStrategy, bulkhead, timeout } from 'cockatiel'
import type { BulkheadPolicy } from 'cockatiel'
import { Pool, buildConnector } from 'undici'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { digestOfParts } from '../../kernel/digest.ts'
import { guardedLookup, refusedLiteral } from './egress-guard.ts'
import { exchange } from './exchange.ts'
import type { OutgoingAnswer } from './exchange.ts'
import type { OutgoingRequest } from './outgoing-request.ts'

export interface CallLimits {
  /** From the beginning of the call to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number
  /** Whose calls share a bulkhead, and how many may be under way and wait. */
  readonly bulkhead: { readonly key: string; readonly concurrencyMax: number }
  /** May the first byte still be written? Asked with the connection in hand; a process that was held up in between may not. */
  readonly mayStart?: () => boolean
  /** What is left of the time in which the call must have ended, milliseconds. Asked when the wait in the bulkhead is over. */
  readonly leftMs?: () => number
}

export interface OutgoingClientOptions {
  /** May calls reach private addresses? Off in production: integrations are written by customers. */
  readonly allowPrivate: boolean
  /** Longest wait for a connection, milliseconds. */
  readonly connectTimeoutMs?: number
  /** Connections to one origin, which many tenants may share: as many as calls may be under way, so that nobody waits for another's. */
  readonly connectionsMax?: number
  /** Origins kept open; the least recently used is closed. */
  readonly originsMax?: number
  /** The most of an answer that is read, bytes. */
  readonly answerBytesMax?: number
  /** Resolves host names; node:dns by default. */
  readonly resolve?: Parameters<typeof guardedLookup>[0]
  readonly crashPoints?: CrashPoints
}

/** What has ended needs no abort after it: making its error costs a tenth of a call. */
const cooperative = { strategy: TimeoutStrategy.Cooperative, abortOnReturn: false }

/** Of a call that begins now. */
function timeoutOf({ timeoutMs, leftMs }: CallLimits): number {
  return leftMs === undefined ? timeoutMs : Math.max(1, Math.floor(Math.min(timeoutMs, leftMs())))
}

interface Bulkhead {
  readonly concurrencyMax: number
  readonly policy: BulkheadPolicy
}

/**
 * The way out: one pool of kept-alive connections per origin, a timeout and a bulkhead per call, private addresses refused
 * at connect time, redirects not followed, no retries (those are the queue's: two layers of them mean blind resends).
 */
export class OutgoingClient implements AsyncDisposable {
  readonly #options: Required<Omit<OutgoingClientOptions, 'resolve'>>
  readonly #resolve: OutgoingClientOptions['resolve']
  readonly #connector: buildConnector.connector
  readonly #pools = new Map<string, Pool>()
  readonly #bulkheads = new Map<string, Bulkhead>()

  constructor(options: OutgoingClientOptions) {
    this.#options = {
      allowPrivate: options.allowPrivate,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      connectionsMax: options.connectionsMax ?? 256,
      originsMax: options.originsMax ?? 500,
      answerBytesMax: options.answerBytesMax ?? 1024 * 1024,
      crashPoints: options.crashPoints ?? noCrashPoints,
    }
    this.#resolve = options.resolve
    this.#connector = this.#buildConnector()
  }

  /** Makes one call. Never throws: what went wrong is in the answer, with whether the request had left. */
  async send(request: OutgoingRequest, limits: CallLimits, signal: AbortSignal): Promise<OutgoingAnswer> {
    try {
      return await this.#bulkheadOf(limits.bulkhead).execute(
        async () =>
          await timeout(timeoutOf(limits), cooperative).execute(
            async ({ signal: timedOut }) =>
              await exchange(this.#poolOf(request), request, {
                answerBytesMax: this.#options.answerBytesMax,
                signal: timedOut,
                stopped: signal,
                mayStart: limits.mayStart ?? (() => true),
                onSent: () => this.#options.crashPoints.reach('dispatch.bytes_sent'),
              }),
            signal,
          ),
      )
    } catch (error) {
      if (error instanceof BulkheadRejectedError) {
        return {
          state: 'not_sent',
          reason: 'busy',
          message: 'Too many calls of this integration are under way',
        }
      }
      return { state: 'not_sent', reason: 'unreachable', message: String(error) }
    }
  }

  /** Closes every connection; calls under way end as lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map(async (pool) => await pool.destroy()))
  }

  /** One pool per origin and client certificate: a connection must not be used in somebody else's name. */
  #poolOf({ url, client }: OutgoingRequest): Pool {
    const { origin } = url
    const key = client === undefined ? origin : `${origin} ${digestOfParts([client.certificate, client.key])}`
    const held = this.#pools.get(key)
    if (held !== undefined) {
      this.#pools.delete(key)
      this.#pools.set(key, held)
      return held
    }
    const pool = new Pool(origin, {
      connections: this.#options.connectionsMax,
      pipelining: 1,
      allowH2: false,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 32 * 1024,
      connect: client === undefined ? this.#connector : this.#buildConnector(client),
    } satisfies Pool.Options)
    this.#pools.set(key, pool)
    const [oldest] = this.#pools
    if (this.#pools.size > this.#options.originsMax && oldest !== undefined) {
      this.#pools.delete(oldest[0])
      void oldest[1].close()
    }
    return pool
  }

  #bulkheadOf({ key, concurrencyMax }: CallLimits['bulkhead']): BulkheadPolicy {
    const held = this.#bulkheads.get(key)
    if (held !== undefined && held.concurrencyMax === concurrencyMax) return held.policy
    const policy = bulkhead(concurrencyMax, concurrencyMax)
    this.#bulkheads.set(key, { concurrencyMax, policy })
    return policy
  }

  #buildConnector(client?: OutgoingRequest['client']): buildConnector.connector {
    const { allowPrivate, connectTimeoutMs } = this.#options
    const resolve = this.#resolve
    const identity = client === undefined ? {} : { cert: client.certificate, key: client.key }
    const options = { timeout: connectTimeoutMs, keepAlive: true, allowH2: false, ...identity }
    if (allowPrivate && resolve === undefined) return buildConnector(options)
    if (allowPrivate) return buildConnector({ ...options, lookup: resolve } as buildConnector.BuildOptions)
    const connect = buildConnector({
      ...options,
      lookup: guardedLookup(resolve),
    } as buildConnector.BuildOptions)
    return (target, callback) => {
      const refusal = refusedLiteral(target.hostname)
      if (refusal !== null) callback(refusal, null)
      else connect(target, callback)
    }
  }
}
