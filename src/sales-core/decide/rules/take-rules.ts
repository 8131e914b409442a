import type { LoggedEvent } from '../../../messaging/events/event.ts'
import type { SalesConfig } from '../../compile/sales-config.ts'
import type { VariableValues } from '../../conditions/condition-compiler.ts'
import type { Readings } from '../../conditions/readings.ts'
import type { CompiledRule } from '../../rules/compiled-rule.ts'
import type { RuleTrace } from '../decision.ts'
import type { MarkDraft } from '../marks.ts'
import { matchRules } from '../rule-phases.ts'
import type { RuleWait, RuleWaitChange } from '../rule-wait.ts'
import type { Chain } from './chain.ts'
import type { Firing, MarkWrite } from './firing.ts'
import { eventOfWait } from './firing.ts'
import type { RuleVerdict, VerdictContext } from './rule-verdict.ts'
import { dueVerdict, verdictOf } from './rule-verdict.ts'
import { followed, waitOver } from './waits.ts'

export interface TakeContext {
  readonly event: LoggedEvent
  readonly config: SalesConfig
  readonly marks: Pick<MarkDraft, 'read'>
  /** Of the entity. */
  readonly waits: readonly RuleWait[]
  readonly chain: Chain
  readonly now: Date
  readonly sendsBlocked: string | null
  /** Rules whose breaker is open; left out: none. */
  readonly parked?: Pick<ReadonlySet<string>, 'has'> | undefined
  /** The variables for an event, on the snapshot of the phase. */
  readonly readingsOf: (event: LoggedEvent) => Readings
}

/** What the rules make of an event, before anything is carried out. */
export interface TakenRules {
  /** Highest rank first; a rule whose wait is over before the others. */
  readonly firings: readonly Firing[]
  readonly waits: readonly RuleWaitChange[]
  /** Of rules that did not fire now. */
  readonly marks: readonly MarkWrite[]
  readonly failed: readonly RuleTrace[]
  readonly notes: readonly string[]
  /** A rule that would have fired twice in one chain. */
  readonly repeated: CompiledRule | null
}

/** Which rules fire for an event, which begin to wait, and which waits it ends. All are judged on one snapshot. Pure. */
export function takeRules(context: TakeContext): TakenRules {
  const { event, config, waits, readingsOf } = context
  const readings = readingsOf(event)
  const { ended, failed: unjudged } =
    event.only === undefined && waits.length > 0
      ? followed(event, waits, config, readings)
      : { ended: [], failed: [] }
  const taking = new Taking(context, ended)
  const over = waitOver(event, waits)
  if (over === null) taking.notes.push('The wait of the rule was over already')
  else if (over !== undefined) taking.due(over)
  const { failed } = matchRules(event, config, readings, (rule) => taking.take(rule, readings.values))
  return taking.outcome(unjudged.concat(failed))
}

const nowhere: ReadonlySet<string> = new Set()

/** The code of what a rule would have done while its breaker is open: a dead letter, replayed like any other. */
export const parkedCode = 'NX-RULE-PARKED'

class Taking {
  readonly notes: string[] = []
  readonly failed: RuleTrace[] = []
  readonly #context: TakeContext
  readonly #way: ReadonlySet<string>
  readonly #firings: Firing[] = []
  readonly #changes: RuleWaitChange[]
  readonly #marks: MarkWrite[] = []
  #open: number
  #repeated: CompiledRule | null = null

  constructor(context: TakeContext, ended: readonly RuleWait[]) {
    this.#context = context
    const way = context.event.only === undefined ? context.chain.way() : []
    this.#way = way.length === 0 ? nowhere : new Set(way)
    this.#changes = ended.map(({ id }) => ({ change: 'close', id }))
    this.#open = context.waits.length - ended.length
    for (const { ref } of ended) this.notes.push(`${ref} no longer waits: ${context.event.type} came`)
  }

  /** `failed`: rules that could not be judged. */
  outcome(failed: readonly RuleTrace[]): TakenRules {
    return {
      firings: this.#firings,
      waits: this.#changes,
      marks: this.#marks,
      failed: failed.concat(this.failed),
      notes: this.notes,
      repeated: this.#repeated,
    }
  }

  /** A rule whose condition holds. True: it fires or waits. */
  take(rule: CompiledRule, values: VariableValues): boolean {
    if (this.#isParked(rule)) return false
    if (rule.depthMax === null && this.#way.has(rule.ref)) {
      this.notes.push(`${rule.cause} did not fire: it fired in this chain of events already`)
      this.#repeated ??= rule
      return false
    }
    const { event } = this.#context
    return this.#settle(rule, verdictOf(rule, this.#verdictContext(event, values)))
  }

  /** An open breaker: what it would have done waits among the dead letters, to be asked for again. A person's replay goes through. */
  #isParked(rule: CompiledRule): boolean {
    const { parked, event } = this.#context
    if (parked?.has(rule.ref) !== true || event.only !== undefined) return false
    const error = 'It failed too often: its breaker is open, and what it would have done is parked'
    this.failed.push({ rule: rule.cause, outcome: 'failed', code: parkedCode, error })
    return true
  }

  #settle(rule: CompiledRule, verdict: RuleVerdict): boolean {
    switch (verdict.state) {
      case 'fires':
        this.#firings.push({ rule, event: this.#context.event, wait: null, marks: verdict.marks })
        return true
      case 'held':
        this.notes.push(`${rule.cause} did not fire: ${verdict.why}`)
        this.#marks.push(...verdict.marks)
        return false
      case 'waits':
        return this.#wait(rule, verdict.wait, verdict.marks)
    }
  }

  #wait(rule: CompiledRule, wait: RuleWait, marks: readonly MarkWrite[]): boolean {
    const isNew = this.#context.waits.every(({ id }) => id !== wait.id)
    const { waitsPerEntity } = this.#context.config.limits
    if (isNew && this.#open >= waitsPerEntity) {
      const error = `The rules of an entity wait for ${waitsPerEntity} things at once at most`
      this.failed.push({ rule: rule.cause, outcome: 'failed', code: 'NX-RULE-WAITS-LIMIT', error })
      return false
    }
    if (isNew) this.#open += 1
    this.notes.push(`${rule.cause} waits until ${wait.dueAt}`)
    this.#changes.push({ change: 'open', wait })
    this.#marks.push(...marks)
    return true
  }

  /** A wait is over: its rule fires as it is now, or not at all when it waits no longer. */
  due(wait: RuleWait): void {
    const { event, config, readingsOf } = this.#context
    if (event.only !== undefined && event.only !== wait.ref) return
    this.#changes.push({ change: 'close', id: wait.id })
    const rule = config.rule(wait.ref)
    const waitsStill =
      wait.kind === 'absence' ? rule?.memory?.absence != null : rule?.memory?.throttle?.way === 'once_after'
    if (rule === null || !waitsStill) {
      this.notes.push(`${wait.ref} did not fire: it is gone, or waits for nothing any more`)
      return
    }
    if (this.#isParked(rule)) {
      this.#changes.push({ change: 'open', wait: { ...wait, failed: true } })
      return
    }
    const about = eventOfWait(event, wait)
    const verdict = dueVerdict(rule, this.#verdictContext(about, readingsOf(about).values))
    if (verdict.state === 'fires') this.#firings.push({ rule, event: about, wait, marks: verdict.marks })
    else this.notes.push(`${rule.cause} did not fire: ${verdict.state === 'held' ? verdict.why : 'it waits'}`)
  }

  #verdictContext(event: LoggedEvent, values: VariableValues): VerdictContext {
    const { marks, waits, now, sendsBlocked } = this.#context
    return { event, marks, waits, values, now, sendsBlocked }
  }
}
