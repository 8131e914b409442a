import type { Clock } from '../../../kernel/clock.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { Loop } from '../../../kernel/loop.ts'
import type { AlertStore } from '../../../platform/alerts/alert-store.ts'
import type { ClaimedRollout, RolloutStore } from '../rollout-store.ts'
import type { Rollout } from '../rollout.ts'
import type { RolloutTransition } from '../state/rollout-state.ts'
import { nextChange } from './next-change.ts'
import { rolloutAlertCodes, rolloutAlerts, toldForMs } from './rollout-alerts.ts'

export interface RolloutActuatorOptions {
  readonly store: Pick<RolloutStore, 'claim' | 'observe' | 'commit' | 'release' | 'list' | 'forget'>
  readonly alerts: Pick<AlertStore, 'report'>
  /** This process. */
  readonly owner: string
  /** Tells every daemon that something changed; they find it by polling as well. */
  readonly nudge: () => void
  /** Does this daemon do what one should do for all: forgetting, and alerts without a change? Two for a moment do no harm. */
  readonly watches: () => boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly crashPoints?: CrashPoints
  /** Between two looks at a rollout, whoever looks. Default 1 s. */
  readonly everyMs?: number
  /** A rollout whose actuator died is taken over after this. Default 10 s. */
  readonly leaseMs?: number
}

/** What a look at a rollout came to. `lost`: somebody else has changed it meanwhile, or has the lease. */
export type TickResult = 'moved' | 'unchanged' | 'lost'

/** Rows forgotten at a time, and how often is looked for some. */
const forgetMax = 5_000
const forgetEveryMs = 60_000
const alertsEveryMs = 10_000
/** Rollouts that alerts are made of: more than this at once is nobody's installation. */
const alertsMax = 500

/**
 * Moves rollouts on: looks at each about once a second, asks the judge and carries out what it says. One process at a time works
 * on a rollout (lease with a fencing epoch); every change is one transaction, so that whoever goes on after a crash sees either
 * all of it or nothing, and asks the judge again.
 */
export class RolloutActuator extends Loop {
  readonly counters = { looked: 0, moved: 0, lost: 0, promoted: 0, rolled_back: 0, completed: 0 }
  readonly #options: RolloutActuatorOptions
  #alertsAtMs = Number.NEGATIVE_INFINITY
  #forgotAtMs = Number.NEGATIVE_INFINITY

  constructor(options: RolloutActuatorOptions) {
    const { clock, logger, everyMs = 1_000 } = options
    super({
      name: 'rollout-actuator',
      idleMs: Math.max(50, everyMs / 4),
      clock,
      logger,
      runOnce: async () => await this.round(),
    })
    this.#options = options
  }

  /** Looks at the rollout that has waited longest. Returns 1 when there was one. */
  async round(): Promise<number> {
    const { store, owner, leaseMs = 10_000, everyMs = 1_000 } = this.#options
    const claimed = await store.claim(owner, leaseMs)
    if (claimed === null) {
      await this.#housekeeping()
      return 0
    }
    let again = everyMs
    try {
      // What was changed is looked at again soon: a judge that finds it broken must not wait.
      if ((await this.#tick(claimed)) === 'moved') again = Math.min(everyMs, 200)
    } finally {
      await store.release(claimed, again).catch((error: unknown) => {
        this.#options.logger.warn(
          { error: errorText(error) },
          'A rollout could not be let go; its lease ends by itself',
        )
      })
    }
    return 1
  }

  async #tick(claimed: ClaimedRollout): Promise<TickResult> {
    const { store, crashPoints = noCrashPoints, nudge } = this.#options
    const { rollout } = claimed
    this.counters.looked += 1
    crashPoints.reach('rollout.before_judge')
    const observed = await store.observe(rollout)
    const { advanced, judged } = nextChange(rollout, observed)
    const { transition } = advanced
    if (transition === null) return 'unchanged'
    crashPoints.reach('rollout.before_commit')
    if (!(await store.commit(claimed, advanced, judged))) {
      this.counters.lost += 1
      return 'lost'
    }
    crashPoints.reach('rollout.after_commit')
    nudge()
    crashPoints.reach('rollout.after_nudge')
    this.#note(rollout, transition)
    await this.#alert()
    return 'moved'
  }

  #note({ id }: Rollout, transition: RolloutTransition): void {
    const { from, to, percentBefore, percentAfter, reason, cause } = transition
    this.counters.moved += 1
    if (to === 'rolled_back') this.counters.rolled_back += 1
    else if (to === 'completed') this.counters.completed += 1
    else if (percentAfter > percentBefore) this.counters.promoted += 1
    const level = to === 'rolled_back' ? 'warn' : 'info'
    this.#options.logger[level](
      { rollout: id, from, to, percentBefore, percentAfter, cause, reason },
      'A rollout moved',
    )
  }

  async #housekeeping(): Promise<void> {
    const { store, clock, watches } = this.#options
    if (!watches()) return
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#alertsAtMs >= alertsEveryMs) await this.#alert()
    if (nowMs - this.#forgotAtMs < forgetEveryMs) return
    const gone = await store.forget(forgetMax)
    if (gone < forgetMax) this.#forgotAtMs = nowMs
  }

  async #alert(): Promise<void> {
    const { store, alerts, clock, logger } = this.#options
    const endedAfter = new Date(clock.now().getTime() - toldForMs).toISOString()
    const rollouts = await store.list({ tenantId: null, endedAfter, limit: alertsMax })
    const raised = await alerts.report(rolloutAlertCodes, rolloutAlerts(rollouts))
    for (const { id, code, subject, severity, detail } of raised)
      logger.warn({ alert: id, code, subject, severity, detail }, 'A rollout needs somebody')
    this.#alertsAtMs = clock.monotonicMs()
  }
}
