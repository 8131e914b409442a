import type { Clock } from '../../../kernel/clock.ts'
import type { Logger } from '../../../kernel/logger.ts'
import { Loop } from '../../../kernel/loop.ts'
import { parkedCode } from '../../decide/rules/take-rules.ts'
import type { EventOutcome } from '../decision-store.ts'
import type { BreakerPolicy, RuleCounts } from './rule-breaker.ts'
import { ruleBreakerPolicy } from './rule-breaker.ts'

/** What one rule of a tenant did since it was last counted. */
export interface SeenRule extends RuleCounts {
  readonly tenantId: string
  /** `<set>/<rule>` */
  readonly rule: string
  /** Of its last failure; null: it did not fail. */
  readonly lastCode: string | null
}

/** A breaker that is open, or on probation since `openUntilMs`. */
export interface OpenBreaker {
  readonly tenantId: string
  readonly rule: string
  readonly openUntilMs: number
}

/** Where breakers of rules are kept, shared by all daemons. */
export interface RuleBreakerStore {
  /**
   * Adds what was counted, by each tenant's policy (left out: the default for all), and returns the rules that this opened and closed. A store that cannot be reached throws; then nothing
   * was counted.
   */
  count(
    seen: readonly SeenRule[],
    policyOf?: (tenantId: string) => BreakerPolicy,
  ): Promise<{ readonly tripped: readonly string[]; readonly recovered: readonly string[] }>
  /** Of all tenants, at most so many. */
  open(max: number): Promise<readonly OpenBreaker[]>
}

/** Rules whose breaker is open, as `<set>/<rule>`. */
export type ParkedRules = Pick<ReadonlySet<string>, 'has'>

/** Rules that are counted at once; what fails beyond is counted with the next round. */
const seenMax = 10_000
/** Open breakers that a daemon knows. */
const openMax = 10_000

/** Counts what rules do in batches, and knows whose breaker is open: a round a second, whatever the load. */
export class RuleBreakers extends Loop {
  readonly #clock: Clock
  readonly #seen = new Map<string, SeenRule>()
  #known = new Map<string, ReadonlyMap<string, number>>()

  constructor(options: {
    store: RuleBreakerStore
    clock: Clock
    logger: Logger
    idleMs?: number
    /** Default: the same for all tenants. */
    policyOf?: (tenantId: string) => BreakerPolicy
  }) {
    const { store, clock, logger, idleMs = 1_000, policyOf = () => ruleBreakerPolicy } = options
    super({
      name: 'rule-breakers',
      idleMs,
      clock,
      logger,
      runOnce: async () => {
        const seen = [...this.#seen.values()]
        if (seen.length > 0) {
          const { tripped, recovered } = await store.count(seen, policyOf)
          for (const { tenantId, rule, ...counted } of seen) this.#forget(`${tenantId} ${rule}`, counted)
          if (tripped.length > 0)
            logger.warn({ rules: tripped }, 'rule.tripped: what these rules would do is parked')
          if (recovered.length > 0) logger.info({ rules: recovered }, 'rule.recovered')
        }
        this.#learn(await store.open(openMax))
        return 0
      },
    })
    this.#clock = clock
  }

  /** The rules of a tenant whose breaker is open now, to be asked while one event is decided; null: none is known. */
  parkedFor(tenantId: string): ParkedRules | null {
    const known = this.#known.get(tenantId)
    if (known === undefined) return null
    const now = this.#clock.now().getTime()
    return { has: (rule) => (known.get(rule) ?? 0) > now }
  }

  /** Counts what committed outcomes say of rules. Successes matter only of rules on probation. */
  count(outcomes: readonly EventOutcome[]): void {
    for (const outcome of outcomes) {
      // A replay is a person's: it proves nothing of the rule under load.
      if (outcome.state !== 'decided' || outcome.event.only !== undefined) continue
      const { tenantId } = outcome.event
      const watched = this.#known.get(tenantId)
      for (const entry of outcome.decision.trace.rules) {
        if (!entry.rule.startsWith('RuleSet/')) continue
        const rule = entry.rule.slice('RuleSet/'.length).replace('#', '/')
        if (entry.outcome === 'fired') {
          if (watched?.has(rule) === true) this.#add(tenantId, rule, { failures: 0, successes: 1 }, null)
        } else if (entry.code !== parkedCode) {
          this.#add(tenantId, rule, { failures: 1, successes: 0 }, entry.code)
        }
      }
    }
  }

  #add(tenantId: string, rule: string, { failures, successes }: RuleCounts, code: string | null): void {
    const key = `${tenantId} ${rule}`
    const before = this.#seen.get(key)
    if (before === undefined && this.#seen.size >= seenMax) return
    this.#seen.set(key, {
      tenantId,
      rule,
      failures: (before?.failures ?? 0) + failures,
      successes: (before?.successes ?? 0) + successes,
      lastCode: code ?? before?.lastCode ?? null,
    })
  }

  /** What came while it was being counted stays for the next round. */
  #forget(key: string, counted: RuleCounts): void {
    const now = this.#seen.get(key)
    if (now === undefined) return
    const failures = now.failures - counted.failures
    const successes = now.successes - counted.successes
    if (failures + successes === 0) this.#seen.delete(key)
    else this.#seen.set(key, { ...now, failures, successes })
  }

  #learn(open: readonly OpenBreaker[]): void {
    const byTenant = Map.groupBy(open, ({ tenantId }) => tenantId)
    this.#known = new Map(
      [...byTenant].map(([tenantId, own]) => [
        tenantId,
        new Map(own.map(({ rule, openUntilMs }) => [rule, openUntilMs])),
      ]),
    )
  }
}
