import type { Clock } from '../../../kernel/clock.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { Loop } from '../../../kernel/loop.ts'
import type { ShardLease } from '../../../messaging/ownership/shard-leases.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { ConfigProvider } from '../../processing/config-provider.ts'
import type { FollowedWorkflow, FollowScope, FollowStore, FollowTarget } from './follow-store.ts'

export interface FollowWatchOptions {
  readonly store: FollowStore
  readonly configs: Pick<ConfigProvider, 'configFor'>
  /** Changes whenever an active revision does. */
  readonly version: () => string
  readonly leases: () => readonly ShardLease[]
  readonly clock: Clock
  readonly logger: Logger
  /** There is a job to be worked on. */
  readonly onBegun: () => void
  /** How long a configuration must be the active one before instances are moved: by then every daemon decides by it. Default 5 s. */
  readonly settleMs?: number
  /** Instances a second that one job moves at most. Default 200. */
  readonly perSecond?: number
  /** Default 2 s. */
  readonly idleMs?: number
}

const pageMax = 500
/** How often it looks although no configuration has changed: a workflow may have its first instances since. */
const lookAgainMs = 60_000

/**
 * Sees when another definition of a workflow, or another calendar, has become active, and has the instances in flight follow as the
 * definition's `on_change` says. One daemon watches; what was begun is a job, which any daemon goes on with. A candidate of a rollout
 * moves nobody before it is the active configuration.
 */
export class FollowWatch extends Loop {
  readonly counters: { begun: number; asked: number; failures: number }
  readonly #options: FollowWatchOptions
  /** Changes that were seen, and since when (monotonic). */
  readonly #seen = new Map<string, number>()
  #doneVersion: string | null = null
  #doneMs = 0

  constructor(options: FollowWatchOptions) {
    super({
      name: 'workflow-follow',
      idleMs: options.idleMs ?? 2_000,
      clock: options.clock,
      logger: options.logger,
      runOnce: async () => await this.#round(),
    })
    this.#options = options
    this.counters = { begun: 0, asked: 0, failures: 0 }
  }

  async #round(): Promise<number> {
    const { leases, version, store } = this.#options
    if (!leases().some(({ shard }) => shard === 0)) {
      this.#doneVersion = null
      return 0
    }
    const seen = version()
    const nowMs = this.#options.clock.monotonicMs()
    if (seen === this.#doneVersion && nowMs - this.#doneMs < lookAgainMs) return 0
    let open = 0
    for (let after: FollowedWorkflow | null = null; ;) {
      const page: readonly FollowedWorkflow[] = await store.known(pageMax, after)
      for (const one of page) open += (await this.#look(one)) ? 0 : 1
      after = page.at(-1) ?? null
      if (page.length < pageMax) break
    }
    if (open > 0) return 0
    this.#doneVersion = seen
    this.#doneMs = nowMs
    this.#seen.clear()
    return 0
  }

  /** Is there nothing left to do about it? */
  async #look(known: FollowedWorkflow): Promise<boolean> {
    const { configs, store, logger, perSecond = 200, onBegun } = this.#options
    try {
      const { config } = await configs.configFor(known.tenantId, known.workspace)
      const target = targetOf(known, config, perSecond)
      const key = `${known.tenantId}/${known.workspace}/${known.workflow}`
      if (target === null) return true
      if (known.isBusy || !this.#hasSettled(key, target)) return false
      const begun = await store.begin(known, target)
      if (begun === null) return false
      if (begun.jobId === null) return true
      this.counters.begun += 1
      this.counters.asked += begun.asked
      const { workflow, workspace } = known
      logger.info(
        { workflow, workspace, job: begun.jobId, instances: begun.asked },
        'Instances follow a change',
      )
      onBegun()
      return begun.complete
    } catch (error) {
      this.counters.failures += 1
      logger.warn(
        { workflow: known.workflow, workspace: known.workspace, error: errorText(error) },
        'Whether instances have to follow a change cannot be told now',
      )
      return false
    }
  }

  #hasSettled(key: string, { definitionDigest, timesDigest }: FollowTarget): boolean {
    const { clock, settleMs = 5_000 } = this.#options
    const change = `${key} ${definitionDigest} ${timesDigest}`
    const nowMs = clock.monotonicMs()
    const since = this.#seen.get(change)
    if (since === undefined) this.#seen.set(change, nowMs)
    return nowMs - (since ?? nowMs) >= settleMs
  }
}

/** Where the instances of a workflow have to be brought; null: they are there. */
export function targetOf(
  known: FollowedWorkflow,
  config: Pick<SalesConfig, 'workflow' | 'timesDigest'>,
  perSecond: number,
): FollowTarget | null {
  const active = config.workflow(known.workflow)
  // It was removed: those in flight go on by what they began with.
  if (active === null) return null
  const { timesDigest } = config
  const sameTimes = known.timesDigest === timesDigest
  if (known.definitionDigest === active.digest && sameTimes) return null
  const { structure, timing } = active.onChange
  const follows: FollowScope = structure === 'migrate' || timing === 'follow' ? 'others' : 'none'
  // A row that was made with its first instance says nothing of the calendars yet: that is no change of theirs.
  const scope = sameTimes || known.timesDigest === '' ? follows : 'all'
  return { definitionDigest: active.digest, timesDigest, scope, perSecond }
}
