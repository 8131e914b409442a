import type { Clock } from '../../../src/kernel/clock.ts'
import type {
  CredentialFacts,
  CredentialPlace,
  StoredCredential,
} from '../../../src/platform/credentials/credential.ts'
import type {
  CredentialStore,
  FailedTry,
  NewTokens,
  RefreshLease,
} from '../../../src/platform/credentials/credential-store.ts'

interface Row {
  version: number
  binding: string
  state: 'empty' | 'ready' | 'failed'
  tokens: NewTokens | null
  savedMs: number
  stale: boolean
  owner: string | null
  leaseUntilMs: number
  unclear: boolean
  attempts: number
  retryAtMs: number
  failure: { code: string; message: string; since: string } | null
}

/** Tokens in memory, by the clock's time. */
export class MemoryCredentialStore implements CredentialStore {
  readonly #rows = new Map<string, Row>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async read(place: CredentialPlace): Promise<StoredCredential | null> {
    const row = this.#rows.get(keyOf(place))
    return row === undefined ? null : this.#stored(row)
  }

  async lease(
    place: CredentialPlace,
    lease: RefreshLease & { readonly binding: string; readonly leaseMs: number },
  ): Promise<StoredCredential | null> {
    const nowMs = this.#clock.monotonicMs()
    if (lease.version === 0 && !this.#rows.has(keyOf(place)))
      this.#rows.set(keyOf(place), empty(lease.binding))
    const row = this.#rows.get(keyOf(place))
    if (row === undefined || row.version !== lease.version || row.leaseUntilMs > nowMs) return null
    row.unclear ||= row.owner !== null
    row.owner = lease.owner
    row.leaseUntilMs = nowMs + lease.leaseMs
    return this.#stored(row)
  }

  async save(place: CredentialPlace, version: number, tokens: NewTokens): Promise<boolean> {
    const row = this.#rows.get(keyOf(place))
    if (row === undefined || row.version !== version) return false
    const savedMs = this.#clock.monotonicMs()
    const { binding } = tokens
    Object.assign(row, {
      ...empty(binding),
      version: version + 1,
      state: 'ready',
      tokens,
      savedMs,
    } satisfies Row)
    return true
  }

  async put(...[place, version, tokens]: Parameters<CredentialStore['put']>): Promise<boolean> {
    if (version === 0 && !this.#rows.has(keyOf(place))) this.#rows.set(keyOf(place), empty(tokens.binding))
    return await this.save(place, version, tokens)
  }

  async remove(place: CredentialPlace): Promise<boolean> {
    const row = this.#rows.get(keyOf(place))
    if (row === undefined || (row.state === 'empty' && row.failure === null)) return false
    Object.assign(row, { ...empty(row.binding), version: row.version + 1 } satisfies Row)
    return true
  }

  async backOff(
    place: CredentialPlace,
    lease: RefreshLease,
    failed: FailedTry,
    retryInMs: number,
  ): Promise<void> {
    const row = this.#held(place, lease)
    if (row === null) return
    row.retryAtMs = this.#clock.monotonicMs() + retryInMs
    row.unclear ||= failed.unclear
    this.#failed(row, failed)
  }

  async fail(place: CredentialPlace, lease: RefreshLease, failed: FailedTry): Promise<boolean> {
    const row = this.#held(place, lease)
    if (row === null) return false
    row.state = 'failed'
    row.retryAtMs = 0
    this.#failed(row, failed)
    return true
  }

  async markStale(place: CredentialPlace, version: number): Promise<void> {
    const row = this.#rows.get(keyOf(place))
    if (row?.version === version) row.stale = true
  }

  async list(): Promise<readonly (CredentialPlace & CredentialFacts)[]> {
    return [...this.#rows].map(([key, row]) => {
      const [tenantId = '', workspace = '', integration = ''] = key.split('/')
      return { tenantId, workspace, integration, ...this.#stored(row) }
    })
  }

  #held(place: CredentialPlace, { version, owner }: RefreshLease): Row | null {
    const row = this.#rows.get(keyOf(place))
    return row !== undefined && row.version === version && row.owner === owner ? row : null
  }

  #failed(row: Row, { code, message }: FailedTry): void {
    row.owner = null
    row.leaseUntilMs = 0
    row.attempts += 1
    row.failure = { code, message, since: row.failure?.since ?? this.#clock.now().toISOString() }
  }

  #stored(row: Row): StoredCredential {
    const nowMs = this.#clock.monotonicMs()
    const left = (ms: number | null | undefined): number | null =>
      ms == null ? null : row.savedMs + ms - nowMs
    const at = (ms: number | null): string | null =>
      ms === null ? null : new Date(this.#clock.now().getTime() + ms).toISOString()
    const { version, binding, state, stale, unclear, attempts, failure, tokens } = row
    const expiresInMs = left(tokens?.expiresInMs)
    const refreshExpiresInMs = left(tokens?.refreshExpiresInMs)
    return {
      ...{ version, binding, state, stale, unclear, attempts, failure, expiresInMs, refreshExpiresInMs },
      scopes: tokens?.scopes ?? [],
      captured: tokens?.captured ?? {},
      renewable: tokens?.renewable ?? false,
      obtainedAt: tokens === null ? null : at(row.savedMs - nowMs),
      expiresAt: at(expiresInMs),
      refreshExpiresAt: at(refreshExpiresInMs),
      refreshInMs: left(tokens?.refreshInMs),
      retryInMs: Math.max(0, row.retryAtMs - nowMs),
      leasedForMs: Math.max(0, row.leaseUntilMs - nowMs),
      sealed: tokens?.sealed ?? null,
    }
  }
}

function empty(binding: string): Row {
  return {
    ...{ version: 0, binding, state: 'empty', tokens: null, savedMs: 0, stale: false, owner: null },
    ...{ leaseUntilMs: 0, unclear: false, attempts: 0, retryAtMs: 0, failure: null },
  }
}

function keyOf({ tenantId, workspace, integration }: CredentialPlace): string {
  return `${tenantId}/${workspace}/${integration}`
}
