import type { Clock } from '../../kernel/clock.ts'
import type { Logger } from '../../kernel/logger.ts'
import { Loop } from '../../kernel/loop.ts'
import { indexTokens } from '../../platform/access/verify-token.ts'
import type { TokenIndex, VerifiedToken } from '../../platform/access/verify-token.ts'
import type { DirectoryStore } from '../../platform/tenants/directory.ts'
import type { Tenant } from '../../platform/tenants/tenant.ts'

/**
 * Every tenant and usable token, in memory: a request is authenticated without a query. Follows the database by one cheap
 * row, polled a few times a second and at once when another process says that something changed.
 */
export class TenantDirectory extends Loop {
  #version = ''
  #bySlug: ReadonlyMap<string, Tenant> = new Map()
  #byId: ReadonlyMap<string, Tenant> = new Map()
  #byTokenHash: TokenIndex = new Map()
  readonly #store: DirectoryStore
  readonly #clock: Clock
  readonly #listeners: Array<(version: string) => void> = []

  constructor(options: { store: DirectoryStore; clock: Clock; logger: Logger; pollMs?: number }) {
    super({
      name: 'tenant-directory',
      idleMs: options.pollMs ?? 600,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await this.#follow(),
    })
    this.#store = options.store
    this.#clock = options.clock
  }

  /** Resolves with the directory loaded. */
  override async start(): Promise<void> {
    await this.#follow()
    await super.start()
  }

  /** Changes whenever a tenant, a token, a secret or an active revision does. */
  get version(): string {
    return this.#version
  }

  onChange(listener: (version: string) => void): void {
    this.#listeners.push(listener)
  }

  bySlug(slug: string): Tenant | null {
    return this.#bySlug.get(slug) ?? null
  }

  byId(id: string): Tenant | null {
    return this.#byId.get(id) ?? null
  }

  /** The token whose sha256 (hex) this is, unless it expired. */
  byTokenHash(hash: string): VerifiedToken | null {
    const known = this.#byTokenHash.get(hash)
    if (known === undefined) return null
    const { expiresAt } = known.token
    return expiresAt !== null && Date.parse(expiresAt) <= this.#clock.now().getTime() ? null : known
  }

  async #follow(): Promise<number> {
    const version = await this.#store.version()
    if (version === this.#version) return 0
    const snapshot = await this.#store.load()
    this.#byId = new Map(snapshot.tenants.map((tenant) => [tenant.id, tenant]))
    this.#bySlug = new Map(snapshot.tenants.map((tenant) => [tenant.slug, tenant]))
    this.#byTokenHash = indexTokens(snapshot)
    this.#version = snapshot.version
    for (const listener of this.#listeners) listener(snapshot.version)
    return 0
  }
}
