import type { JsonObject } from '../../../src/kernel/json.ts'
import type { EntityRef, NxEvent } from '../../../src/messaging/events/event.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { noon } from './entity-under-test.ts'
import { salesConfig } from './sales-config.ts'

const lead: EntityRef = { kind: 'lead', id: '42' }

/** A lead in a world with a clock: what fires, told by the rules' ids. */
export class RuleWorld {
  readonly world: TestWorld

  constructor(config: SalesConfig) {
    this.world = new TestWorld(config, noon.getTime())
  }

  /** Lets an event happen; which rules fired for it, and for what it led to at once. */
  happen(type: string, data: JsonObject = {}, subject: EntityRef = lead): readonly string[] {
    const from = this.world.happened.length
    this.world.happen(type, subject, data)
    return this.#firedSince(from)
  }

  /** Lets time pass; which rules fired meanwhile. */
  pass(ms: number): readonly string[] {
    const from = this.world.happened.length
    this.world.advanceTo(this.world.nowMs + ms)
    return this.#firedSince(from)
  }

  get last(): Decision {
    const { decision } = this.world.happened.at(-1) ?? {}
    if (decision === undefined) throw new Error('Nothing has happened')
    return decision
  }

  /** Events that rules made, in order. */
  get emitted(): readonly NxEvent[] {
    return this.world.happened.flatMap(({ decision }) => decision.emitted)
  }

  get fields(): JsonObject {
    return this.world.entity(lead).fields
  }

  get notes(): readonly string[] {
    return this.world.happened.flatMap(({ decision }) => decision.trace.notes)
  }

  #firedSince(from: number): readonly string[] {
    return this.world.happened
      .slice(from)
      .flatMap(({ decision }) => decision.trace.rules)
      .filter(({ outcome }) => outcome === 'fired')
      .map(({ rule }) => rule.slice(rule.indexOf('#') + 1))
  }
}

/** A set `r` of rules, each as a YAML mapping. `head`: what stands beside them, and other documents before it. */
export function ruleConfig(lines: readonly string[], head = '', documents = ''): SalesConfig {
  const list = lines.map((line) => `  - ${line}`).join('\n')
  return salesConfig(`${documents}kind: RuleSet\nname: r\n${head}rules:\n${list}`)
}

export const minuteMs = 60_000
export const hourMs = 3_600_000
