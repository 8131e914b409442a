import type { Clock } from '../../../../kernel/clock.ts'
import { errorText, NxError } from '../../../../kernel/errors.ts'
import { newId } from '../../../../kernel/ids.ts'
import type { Logger } from '../../../../kernel/logger.ts'
import type { CredentialPlace, StoredCredential } from '../../../../platform/credentials/credential.ts'
import type {
  CredentialStore,
  NewTokens,
  RefreshLease,
} from '../../../../platform/credentials/credential-store.ts'
import type { Vault } from '../../../../platform/secrets/vault.ts'
import { newTokensOf, openTokens } from './new-tokens.ts'
import type { OpenTokens } from './new-tokens.ts'
import { isUsable } from './next-step.ts'
import { asksPerson } from './rendered-auth.ts'
import type { TokenAsk } from './rendered-auth.ts'
import type { EndpointAnswer } from './token-answer.ts'
import type { TokenCall, TokenEndpoint } from './token-endpoint.ts'

export interface RefresherOptions {
  readonly store: Pick<CredentialStore, 'read' | 'lease' | 'save' | 'backOff' | 'fail'>
  readonly vault: Pick<Vault, 'open' | 'sealer'>
  readonly endpoint: Pick<TokenEndpoint, 'request'>
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** How long one try has the right to refresh, milliseconds. */
  readonly leaseMs: number
  /** How long the vendor may take, milliseconds; with room below the lease. */
  readonly callTimeoutMs: number
  /** How long tokens are held on to that the database does not take, milliseconds. */
  readonly saveMs: number
}

/** How a try ended. `moved`: somebody else was faster, look again. */
export type RefreshEnd = 'refreshed' | 'moved' | 'refused' | 'unavailable'

/** Waits after failed tries: the first, doubled up to the longest, with 20% of chance; and after a refusal, milliseconds. */
const backOffMs = { first: 1_000, most: 300_000, refused: 300_000 } as const
const savePauseMs = { first: 100, most: 5_000 } as const

/**
 * Gets the next tokens of a place, under a lease, so that one does at a time, whatever the number of daemons:
 *   1. the row's lease is taken, naming the version that is refreshed; a moment, not for as long as the vendor takes
 *   2. the vendor is asked, outside of any transaction, for less time than the lease lasts
 *   3. what it gave out is committed before anybody gets to see it, if the version is still the same
 * A process that dies between 2 and 3 leaves its lease behind: the next one asks with the same refresh token. A vendor that still
 * takes it goes on; one that takes each token once refuses, and a person must log in.
 */
export class TokenRefresher {
  readonly counters = { refreshed: 0, refused: 0, unavailable: 0, moved: 0, unsaved: 0 }
  readonly #options: RefresherOptions

  constructor(options: RefresherOptions) {
    this.#options = options
  }

  /**
   * Throws what the store and the vault throw: before the vendor was asked, after a refusal that could not be written down (its lease runs
   * out, and the next one asks again), and when new tokens could not be stored for `saveMs` (they are lost).
   */
  async refresh(
    place: CredentialPlace,
    ask: TokenAsk,
    version: number,
    signal: AbortSignal,
  ): Promise<RefreshEnd> {
    const end = await this.#refresh(place, ask, version, signal)
    this.counters[end] += 1
    return end
  }

  async #refresh(
    place: CredentialPlace,
    ask: TokenAsk,
    version: number,
    signal: AbortSignal,
  ): Promise<RefreshEnd> {
    const { store, vault, endpoint, clock, leaseMs, callTimeoutMs } = this.#options
    // First what can fail: after the vendor's answer nothing but the commit may.
    const seal = await vault.sealer(place.tenantId)
    const leasedMs = clock.monotonicMs()
    const lease: RefreshLease = { version, owner: newId() }
    const row = await store.lease(place, { ...lease, binding: ask.binding, leaseMs })
    if (row === null) return 'moved'
    const tokens = await this.#opened(place, ask, lease, row)
    const byRefresh = asksPerson(ask.auth)
    if (byRefresh && (tokens?.refreshToken ?? null) === null)
      return await this.#refused(place, ask, lease, row, noToken)
    const startedMs = clock.monotonicMs()
    const call: TokenCall = {
      ask,
      grant: byRefresh ? { kind: 'refresh', refreshToken: tokens?.refreshToken ?? '' } : { kind: 'client' },
      bulkheadKey: `token ${place.tenantId}/${place.integration}`,
      timeoutMs: callTimeoutMs,
      // A process that was held up must not ask when its lease may be another's by the time of the answer.
      mayStart: () => clock.monotonicMs() + callTimeoutMs < leasedMs + leaseMs,
    }
    const answer = await endpoint.request(call, signal).catch(notAsked)
    switch (answer.state) {
      case 'granted': {
        const before = row.binding === ask.binding ? { tokens, row } : null
        const elapsedMs = clock.monotonicMs() - startedMs
        const fresh = newTokensOf(answer.tokens, { place, ask, version, before, elapsedMs, seal })
        return (await this.#save(place, version, fresh)) ? 'refreshed' : 'moved'
      }
      case 'refused':
        return await this.#refused(place, ask, lease, row, answer)
      case 'unavailable':
        await this.#unavailable(place, lease, row, answer)
        return 'unavailable'
    }
  }

  /** Of another client none are opened: they are not shown to this one. */
  async #opened(
    place: CredentialPlace,
    ask: TokenAsk,
    lease: RefreshLease,
    row: StoredCredential,
  ): Promise<OpenTokens | null> {
    if (row.binding !== ask.binding) return null
    try {
      return await openTokens(this.#options.vault, place, row)
    } catch (error) {
      const code = error instanceof NxError ? error.code : 'NX-AUTH-ANSWER'
      const failed = { code, message: errorText(error), unclear: false, shutsGate: false }
      await this.#options.store.backOff(place, lease, failed, backOffMs.first)
      throw error
    }
  }

  async #refused(
    place: CredentialPlace,
    { auth }: TokenAsk,
    lease: RefreshLease,
    row: StoredCredential,
    { error, message }: { readonly error: string; readonly message: string },
  ): Promise<RefreshEnd> {
    const { store, logger } = this.#options
    // The vendor has seen a newer one of ours: a lost race, not a failure.
    const now = await store.read(place)
    if (now !== null && now.version !== row.version) return 'moved'
    const fatal =
      asksPerson(auth) && (error === 'invalid_grant' || (auth.refresh.fatal?.error ?? []).includes(error))
    const lost =
      row.unclear && fatal
        ? ' (an earlier refresh got no answer; the vendor may have exchanged the token then)'
        : ''
    const failed = {
      code: 'NX-AUTH-REFUSED',
      message: `${message}${lost}`,
      unclear: false,
      shutsGate: !isUsable(row),
    }
    logger.warn(
      { ...placeOf(place), error, detail: message, fatal },
      'A token could not be refreshed: the vendor refuses',
    )
    if (!fatal) await store.backOff(place, lease, failed, backOffMs.refused)
    else if (!(await store.fail(place, lease, failed))) return 'moved'
    return 'refused'
  }

  async #unavailable(
    place: CredentialPlace,
    lease: RefreshLease,
    row: StoredCredential,
    { code, message, retryAfterMs, unclear }: EndpointAnswer & { state: 'unavailable' },
  ): Promise<void> {
    const { store, logger, random } = this.#options
    const growing = Math.min(backOffMs.most, backOffMs.first * 2 ** Math.min(20, row.attempts))
    const pauseMs = Math.max(retryAfterMs ?? 0, growing * (0.8 + 0.4 * random()))
    logger.warn(
      { ...placeOf(place), code, detail: message, retryMs: pauseMs },
      'A token could not be refreshed now',
    )
    await store.backOff(place, lease, { code, message, unclear, shutsGate: false }, pauseMs)
  }

  /** Held on to while the database is away: the vendor may not give them out twice. */
  async #save(place: CredentialPlace, version: number, tokens: NewTokens): Promise<boolean> {
    const { store, clock, logger, saveMs, sleep } = this.#options
    const startedMs = clock.monotonicMs()
    for (let pauseMs: number = savePauseMs.first; ; pauseMs = Math.min(pauseMs * 2, savePauseMs.most)) {
      try {
        return await store.save(place, version, tokens)
      } catch (error) {
        const heldMs = clock.monotonicMs() - startedMs
        const given = heldMs > saveMs
        logger.error(
          { ...placeOf(place), error: errorText(error), heldMs, givenUp: given },
          'New tokens could not be stored',
        )
        if (given) {
          this.counters.unsaved += 1
          throw error
        }
        await sleep(pauseMs)
      }
    }
  }
}

/** Only what comes before the request throws: a private key that is none. Nothing of it holds a secret. */
function notAsked(error: unknown): EndpointAnswer {
  const code = error instanceof NxError ? error.code : 'request'
  const detail = error instanceof NxError && error.detail !== undefined ? `: ${error.detail}` : ''
  return { state: 'refused', error: code, message: `${errorText(error)}${detail}` }
}

const noToken = { error: 'invalid_grant', message: 'There is no refresh token' }

function placeOf({ tenantId, workspace, integration }: CredentialPlace): object {
  return { tenant: tenantId, workspace, integration }
}
