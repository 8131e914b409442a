import type { Clock } from '../../../../kernel/clock.ts'
import { errorText, NxError } from '../../../../kernel/errors.ts'
import { jsonEqual } from '../../../../kernel/json-equal.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { Logger } from '../../../../kernel/logger.ts'
import type { StoredCredential } from '../../../../platform/credentials/credential.ts'
import type { CredentialStore } from '../../../../platform/credentials/credential-store.ts'
import type { Vault } from '../../../../platform/secrets/vault.ts'
import type { TokenAuth } from '../../definition/auth-definition.ts'
import type { AccessTokens, TokenAnswer, TokenOwner } from '../access-tokens.ts'
import { openTokens } from './new-tokens.ts'
import { endingMs, nextStep } from './next-step.ts'
import { otherAccountField } from './other-account.ts'
import { renderAuth } from './rendered-auth.ts'
import type { TokenAsk } from './rendered-auth.ts'
import type { TokenEndpoint } from './token-endpoint.ts'
import { TokenRefresher } from './token-refresher.ts'

export interface IntegrationTokensOptions {
  readonly store: Pick<CredentialStore, 'read' | 'lease' | 'save' | 'backOff' | 'fail' | 'markStale'>
  readonly vault: Pick<Vault, 'open' | 'sealer'>
  readonly endpoint: Pick<TokenEndpoint, 'request'>
  readonly clock: Clock
  readonly logger: Logger
  readonly random?: () => number
  /** For tests. */
  readonly sleep?: (ms: number) => Promise<void>
  /** Default 30 s. */
  readonly leaseMs?: number
  /** Default 15 s. */
  readonly callTimeoutMs?: number
  /** Default 5 min. */
  readonly saveMs?: number
  /** How long a caller waits for another's refresh, milliseconds. Default 10 s. */
  readonly waitMs?: number
  /** For how long a token is used without asking the database, milliseconds. Default 30 s. */
  readonly cacheMs?: number
}

type Token = TokenAnswer & { readonly state: 'token' }

interface Cached {
  /** Of whom it is: a document that names another client, or another endpoint, does not get it. */
  readonly binding: string
  readonly token: Token
  /** Monotonic. */
  readonly untilMs: number
}

const cachedMax = 20_000
const pollMs = 100
/** For how long one is used without a look that is due to be refreshed, milliseconds. */
const dueCacheMs = 1_000
/** A refresh that ends with `moved` so often in a row is somebody's bug. */
const roundsMax = 200
/** Tokens that are refused while they are on their way, so often in a row: the vendor refuses them all. */
const refusedMax = 3

/**
 * Access tokens of integrations: kept sealed in the database, shared by all daemons, refreshed before they end, by one at a time.
 * Within a process the callers of one place share one look. What a document's client and endpoint were not given is never shown to it.
 */
export class IntegrationTokens implements AccessTokens {
  readonly #options: Required<IntegrationTokensOptions>
  readonly #refresher: TokenRefresher
  readonly #cached = new Map<string, Cached>()
  /** The newest version of a place that the vendor did not accept, for looks that began before the database knew. Versions only go up. */
  readonly #invalid = new Map<string, number>()
  readonly #flights = new Map<string, Promise<TokenAnswer>>()
  /** The last of each connection: documents and their connections do not change. */
  readonly #asks = new WeakMap<JsonObject, { readonly auth: TokenAuth; readonly ask: TokenAsk }>()
  readonly #renewals = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: IntegrationTokensOptions) {
    this.#options = {
      random: Math.random,
      sleep: async (ms) => await new Promise((resolve) => setTimeout(resolve, ms)),
      leaseMs: 30_000,
      callTimeoutMs: 15_000,
      saveMs: 300_000,
      waitMs: 10_000,
      cacheMs: 30_000,
      ...options,
    }
    this.#refresher = new TokenRefresher(this.#options)
  }

  get counters(): TokenRefresher['counters'] {
    return this.#refresher.counters
  }

  async get(
    owner: TokenOwner,
    auth: TokenAuth,
    credentials: Readonly<Record<string, string>>,
    connection: JsonObject,
    signal: AbortSignal,
  ): Promise<TokenAnswer> {
    let ask: TokenAsk
    try {
      ask = this.#askOf(auth, credentials, connection)
    } catch (error) {
      if (error instanceof NxError) return { state: 'refused', code: error.code, message: error.message }
      throw error
    }
    const key = keyOf(owner)
    for (let round = 0; round < refusedMax; round += 1) {
      const held = this.#cached.get(key)
      // One of another account may be of before a login that this process has not seen.
      const isMine =
        held?.binding === ask.binding && otherAccountField(held.token.connection, connection) === null
      if (held !== undefined && isMine && this.#options.clock.monotonicMs() < held.untilMs) return held.token
      const answer = await unlessAborted(this.#flight(owner, ask), signal)
      if (answer.state !== 'token') return answer
      if (!this.#isInvalid(key, answer.version)) return forAccount(answer, connection)
    }
    return busy(1_000)
  }

  /** Rendered anew only when something of it is another: every call asks. */
  #askOf(auth: TokenAuth, credentials: Readonly<Record<string, string>>, connection: JsonObject): TokenAsk {
    const held = this.#asks.get(connection)
    if (held?.auth === auth && jsonEqual(held.ask.credentials, credentials)) return held.ask
    const ask = renderAuth(auth, credentials, connection)
    this.#asks.set(connection, { auth, ask })
    return ask
  }

  #flight(owner: TokenOwner, ask: TokenAsk): Promise<TokenAnswer> {
    const key = `${keyOf(owner)} ${ask.binding}`
    let flight = this.#flights.get(key)
    if (flight === undefined) {
      flight = this.#obtain(owner, ask).finally(() => this.#flights.delete(key))
      this.#flights.set(key, flight)
      // Its callers may all have left.
      flight.catch(() => {})
    }
    return flight
  }

  async invalidate(owner: TokenOwner, version: number): Promise<void> {
    const key = keyOf(owner)
    const held = this.#cached.get(key)
    if (held !== undefined && held.token.version <= version) this.#cached.delete(key)
    // Before the database knows: who reads there meanwhile must not bring it back.
    if (!this.#isInvalid(key, version)) putBounded(this.#invalid, key, version)
    await this.#options.store.markStale(owner, version)
  }

  #isInvalid(key: string, version: number): boolean {
    return version <= (this.#invalid.get(key) ?? 0)
  }

  /** The row, stale also where only this process knows it yet. */
  async #read(owner: TokenOwner): Promise<StoredCredential | null> {
    const row = await this.#options.store.read(owner)
    return row !== null && this.#isInvalid(keyOf(owner), row.version) ? { ...row, stale: true } : row
  }

  /**
   * Refreshes what is due, whether or not somebody needs it. false: only a login helps; until then there is nothing to refresh with.
   * Throws what the store throws.
   */
  async renew(
    owner: TokenOwner,
    auth: TokenAuth,
    credentials: Readonly<Record<string, string>>,
    connection: JsonObject,
  ): Promise<boolean> {
    const ask = renderAuth(auth, credentials, connection)
    const row = await this.#read(owner)
    if (row === null) return false
    const step = nextStep(row, ask)
    if (step.do === 'refresh' || (step.do === 'use' && step.renew))
      await this.#refresh(owner, ask, row.version)
    return step.do !== 'answer' || step.answer.code !== 'NX-AUTH-LOGIN'
  }

  /** Waits until no call to a token endpoint is under way, for what they bring must be stored, and lets none begin from then on. */
  async close(): Promise<void> {
    // Others begin while these end: of calls that are still being made, and beside a token that is due.
    while (this.#flights.size + this.#renewals.size > 0)
      await Promise.allSettled([...this.#flights.values(), ...this.#renewals.values()])
    this.#stop.abort()
  }

  async #obtain(owner: TokenOwner, ask: TokenAsk): Promise<TokenAnswer> {
    const { clock, waitMs, sleep } = this.#options
    const untilMs = clock.monotonicMs() + waitMs
    for (let round = 0; round < roundsMax; round += 1) {
      const row = await this.#read(owner)
      const step = nextStep(row, ask)
      if (step.do === 'answer') return step.answer
      if (step.do === 'use' && row !== null) {
        if (step.renew) this.#renewBeside(owner, ask, row.version)
        return await this.#token(owner, row, ask.binding)
      }
      if (step.do === 'wait') {
        if (clock.monotonicMs() >= untilMs) return busy(step.ms)
        await sleep(Math.min(pollMs, step.ms))
      }
      if (step.do === 'refresh') await this.#refresh(owner, ask, row?.version ?? 0)
    }
    return busy(1_000)
  }

  async #token(owner: TokenOwner, row: StoredCredential, binding: string): Promise<TokenAnswer> {
    const tokens = await openTokens(this.#options.vault, owner, row)
    const token: Token = {
      state: 'token',
      token: tokens?.accessToken ?? '',
      version: row.version,
      connection: row.captured,
    }
    const { cacheMs, clock } = this.#options
    // While its refresh has to wait, not every call needs to look.
    const untilRefreshMs = Math.max(row.refreshInMs ?? cacheMs, dueCacheMs)
    const goodMs = Math.min(untilRefreshMs, (row.expiresInMs ?? Infinity) - endingMs, cacheMs)
    const key = keyOf(owner)
    if (goodMs > 0 && !this.#isInvalid(key, row.version))
      putBounded(this.#cached, key, { binding, token, untilMs: clock.monotonicMs() + goodMs })
    return token
  }

  /** The callers go on with the token that is still good. */
  #renewBeside(owner: TokenOwner, ask: TokenAsk, version: number): void {
    const key = keyOf(owner)
    if (this.#renewals.has(key)) return
    const renewal = this.#refresh(owner, ask, version)
      .catch((error: unknown) => {
        this.#options.logger.warn(
          { integration: owner.integration, error: errorText(error) },
          'A token could not be refreshed ahead',
        )
      })
      .finally(() => this.#renewals.delete(key))
    this.#renewals.set(key, renewal)
  }

  async #refresh(owner: TokenOwner, ask: TokenAsk, version: number): Promise<void> {
    const end = await this.#refresher.refresh(owner, ask, version, this.#stop.signal)
    if (end === 'refreshed' || end === 'moved') this.#cached.delete(keyOf(owner))
    // Whoever is at it needs a moment.
    if (end === 'moved') await this.#options.sleep(pollMs / 4)
  }
}

/** As the newest; the oldest goes when there are too many. */
function putBounded<T>(held: Map<string, T>, key: string, value: T): void {
  held.delete(key)
  held.set(key, value)
  const [oldest] = held.keys()
  if (held.size > cachedMax && oldest !== undefined) held.delete(oldest)
}

/** The connection may name another account since the login, of the same client: it does not get the token. */
function forAccount(token: Token, connection: JsonObject): TokenAnswer {
  const field = otherAccountField(token.connection, connection)
  if (field === null) return token
  const message = `The login is for another ${field} than the connection names: correct it, or neuronx adapter auth login NAME`
  return { state: 'refused', code: 'NX-AUTH-ACCOUNT', message }
}

function busy(waitMs: number): TokenAnswer {
  return {
    state: 'unavailable',
    code: 'NX-AUTH-BUSY',
    message: 'Another daemon is refreshing the token and has not ended',
    retryAfterMs: Math.ceil(Math.min(waitMs, 5_000)),
  }
}

/** The look goes on for the others. */
async function unlessAborted(flight: Promise<TokenAnswer>, signal: AbortSignal): Promise<TokenAnswer> {
  const left: TokenAnswer = {
    state: 'unavailable',
    code: 'NX-CALL-STOPPED',
    message: 'The daemon is stopping',
    retryAfterMs: 0,
  }
  if (signal.aborted) return left
  return await new Promise<TokenAnswer>((resolve, reject) => {
    const onAbort = (): void => resolve(left)
    signal.addEventListener('abort', onAbort, { once: true })
    flight.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function keyOf({ tenantId, workspace, integration }: TokenOwner): string {
  return `${tenantId}/${workspace}/${integration}`
}
