import type { JsonObject } from '../../../src/kernel/json.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import type { CommandAnswer } from '../../../src/sales-core/testing/test-world.ts'
import { TestWorld } from '../../../src/sales-core/testing/test-world.ts'
import { waitingSteps } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { salesConfig } from './sales-config.ts'

const startMs = Date.parse('2026-03-05T12:00:00.000Z')
const testLead = { kind: 'lead', id: 't1' } as const

/** One lead in a world in memory, spoken of in few words. Throws on what a world calls trouble. */
export class LeadWorld {
  readonly world: TestWorld

  constructor(config: SalesConfig) {
    this.world = new TestWorld(config, startMs)
    this.world.given(testLead, {})
  }

  happens(type: string, data: JsonObject = {}): this {
    this.world.happen(type, testLead, data)
    return this.#checked()
  }

  passes(ms: number): this {
    this.world.advanceTo(this.world.nowMs + ms)
    return this.#checked()
  }

  /** Answers the oldest command of that operation that has no answer. */
  answers(operation: string, type: 'succeeded' | 'failed' | 'cancelled', outcome: JsonObject = {}): this {
    const defaults: Record<string, JsonObject> = {
      succeeded: { result: {} },
      failed: { error: { code: 'NX-NO', message: 'no', status: null } },
      cancelled: { reason: 'by hand' },
    }
    const answer: CommandAnswer = { type: `command.${type}`, outcome: { ...defaults[type], ...outcome } }
    const isMeant = (command: Command) => operationOf(command) === operation
    if (!this.world.answer(isMeant, answer)) throw new Error(`No ${operation} waits for an answer`)
    return this.#checked()
  }

  /** `integration.operation` of every command, oldest first. */
  get called(): readonly string[] {
    return this.world.commands.map(operationOf)
  }

  get waitsAt(): readonly string[] {
    return this.world.waiting().flatMap(({ state }) => waitingSteps(state))
  }

  get fields(): JsonObject {
    return this.world.entity(testLead).fields
  }

  /** Types of the events that were emitted. */
  get emitted(): readonly string[] {
    return this.world.happened.flatMap(({ decision }) => decision.emitted.map(({ type }) => type))
  }

  /** How instances ended: `end`, `goal`, `failed NX-…`. */
  get ends(): readonly string[] {
    return this.world.happened.flatMap(({ decision }) =>
      decision.instances.flatMap(({ state }) => {
        if (state.status === 'waiting') return []
        return state.status === 'done' ? [state.how ?? 'end'] : [`failed ${state.error.split(':')[0] ?? ''}`]
      }),
    )
  }

  get notes(): string {
    return this.world.happened.flatMap(({ decision }) => decision.trace.notes).join('\n')
  }

  #checked(): this {
    if (this.world.troubles.length > 0) throw new Error(this.world.troubles.join('\n'))
    return this
  }
}

/** A workflow that starts with lead.created and has these steps. */
export function flow(steps: string, head = ''): string {
  return `kind: Workflow\nname: w\nfor: lead\nstart: { on: lead.created }\n${head}steps:\n${steps}`
}

/** A lead for which it has begun; `more`: other documents. */
export function begun(steps: string, head = '', more = ''): LeadWorld {
  return new LeadWorld(salesConfig(flow(steps, head) + more)).happens('lead.created', {
    name: 'Ada',
    country: 'AE',
  })
}

function operationOf({ integration, operation }: Command): string {
  return `${integration}.${operation}`
}
