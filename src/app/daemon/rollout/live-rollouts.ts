import type { Rollout } from '../../../control-plane/rollout/rollout.ts'
import type { RolloutStore } from '../../../control-plane/rollout/rollout-store.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { Loop } from '../../../kernel/loop.ts'
import type { TenantDirectory } from '../tenant-directory.ts'

export interface LiveRolloutsOptions {
  readonly store: Pick<RolloutStore, 'list' | 'acknowledge' | 'failToStart'>
  readonly directory: Pick<TenantDirectory, 'version' | 'onChange'>
  readonly daemonId: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Rollouts that one daemon serves at a time. */
export const liveRolloutsMax = 1_000

/** Said again after so long: a daemon that says nothing may hang. */
const acknowledgeAgainMs = 10_000

/**
 * The rollouts that are under way, in memory: whoever decides an event looks here and asks no database. Follows the directory's
 * version, which every change of a rollout moves, and then tells the database which versions this daemon works by.
 */
export class LiveRollouts extends Loop {
  readonly #options: LiveRolloutsOptions
  #rollouts: readonly Rollout[] = []
  /** The directory's version under which they were read. */
  #readAt: string | null = null
  #version = ''
  #acknowledged = ''
  #acknowledgedAtMs = Number.NEGATIVE_INFINITY
  /** Candidates that this daemon said it cannot use. */
  readonly #refused = new Set<string>()

  constructor(options: LiveRolloutsOptions) {
    super({
      name: 'live-rollouts',
      idleMs: 1_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await this.#follow(),
    })
    this.#options = options
    options.directory.onChange(() => this.wake())
  }

  /** Resolves with the rollouts loaded. */
  override async start(): Promise<void> {
    await this.#follow()
    await super.start()
  }

  /** Changes whenever a rollout does. */
  get version(): string {
    return this.#version
  }

  get size(): number {
    return this.#rollouts.length
  }

  /** The rollout that changes what a workspace of a tenant is under; null: none does. */
  covering(tenantId: string, workspace: string): Rollout | null {
    // The common case costs nothing.
    if (this.#rollouts.length === 0) return null
    return this.#rollouts.find((rollout) => covers(rollout, tenantId, workspace)) ?? null
  }

  /** Tells that a candidate cannot be made to work here, once. Never throws: the baseline goes on whatever happens. */
  refuse(id: string, reason: string): void {
    const { store, logger } = this.#options
    if (this.#refused.has(id)) return
    this.#refused.add(id)
    logger.error({ rollout: id, reason }, 'The candidate of a rollout cannot be used; its baseline goes on')
    store.failToStart(id, reason).catch((error: unknown) => {
      this.#refused.delete(id)
      logger.warn(
        { rollout: id, error: errorText(error) },
        'That a candidate cannot be used could not be told',
      )
    })
  }

  async #follow(): Promise<number> {
    const { directory, store, clock } = this.#options
    const at = directory.version
    if (at !== this.#readAt) {
      const found = await store.list({ tenantId: null, live: true, limit: liveRolloutsMax })
      // By id: should two ever cover one workspace, every daemon takes the same.
      this.#rollouts = found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      this.#version = this.#rollouts.map(({ id, version }) => `${id}@${version}`).join(' ')
      this.#readAt = at
      for (const id of this.#refused)
        if (!this.#rollouts.some((rollout) => rollout.id === id)) this.#refused.delete(id)
    }
    await this.#acknowledge(clock.monotonicMs())
    return 0
  }

  async #acknowledge(nowMs: number): Promise<void> {
    if (this.#rollouts.length === 0) return
    if (this.#version === this.#acknowledged && nowMs - this.#acknowledgedAtMs < acknowledgeAgainMs) return
    const version = this.#version
    const { store, daemonId } = this.#options
    await store.acknowledge(daemonId, new Map(this.#rollouts.map((rollout) => [rollout.id, rollout.version])))
    this.#acknowledged = version
    this.#acknowledgedAtMs = nowMs
  }
}

function covers({ scopes }: Rollout, tenantId: string, workspace: string): boolean {
  return scopes.some(
    ({ scope, tenantId: owner }) =>
      owner === null ||
      (owner === tenantId && (scope.level !== 'workspace' || scope.workspace === workspace)),
  )
}
