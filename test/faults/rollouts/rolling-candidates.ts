import { join } from 'node:path'
import { readyRollout } from '../../../src/app/rollout/ready-rollout.ts'
import type { Operator } from '../../../src/app/operator.ts'
import type { Rollout } from '../../../src/control-plane/rollout/rollout.ts'
import { errorText } from '../../../src/kernel/errors.ts'
import { writeConfiguration } from '../system/fault-system.ts'
import type { FaultSystem } from '../system/fault-system.ts'
import { pause } from '../system/writers.ts'

const lookMs = 1_000
/** A step that does not come to its end in this time is promoted by hand: faults hold, and somebody gets impatient. */
const patienceMs = 60_000

/**
 * Keeps a rollout of a sound candidate under way for as long as a run takes: `v1` instead of `v0`, then `v2`, and so on. Faults may hold it
 * and never may they take it back.
 */
export class RollingCandidates {
  /** What could not be done the moment it was tried, by its text: faults are in the way. */
  readonly troubles = new Map<string, number>()
  readonly #system: FaultSystem
  #variant = 0
  #operator: Operator | null = null
  #current: string | null = null
  #running: Promise<void> | null = null
  #stopped = false

  constructor(system: FaultSystem) {
    this.#system = system
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Begins no other; the one that is under way goes on. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    await this.#close()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        this.#operator ??= await this.#system.operator()
        await this.#look(this.#operator)
      } catch (error) {
        const text = errorText(error)
        this.troubles.set(text, (this.troubles.get(text) ?? 0) + 1)
        await this.#close()
      }
      await pause(lookMs)
    }
  }

  async #look(operator: Operator): Promise<void> {
    const rollout = this.#current === null ? null : await operator.rollouts.get(this.#current, null)
    if (rollout === null || 'atMs' in rollout.state) await this.#begin(operator)
    else await this.#promote(operator, rollout)
  }

  /** What was begun and not answered is found again: the same candidate means the same rollout. */
  async #begin(operator: Operator): Promise<void> {
    const [live] = await operator.rollouts.list({ tenantId: null, live: true, limit: 1 })
    if (live !== undefined) {
      this.#current = live.id
      return
    }
    this.#variant += 1
    const directory = join(this.#system.folder, 'candidate')
    await writeConfiguration(directory, this.#system.documents(`v${this.#variant}`))
    const reason = `v${this.#variant}`
    const ready = await readyRollout(operator, {
      source: { from: 'directory', directory, backtestFrom: null, backtestReport: null },
      reason,
      note: () => {},
    })
    this.#current = (await ready.begin()).rollouts[0]?.id ?? null
  }

  async #promote(operator: Operator, { id, state }: Rollout): Promise<void> {
    if (!('at' in state) || state.state === 'paused') return
    const nowMs = operator.clock.now().getTime()
    if (nowMs - state.at.enteredAtMs < patienceMs) return
    const action = { action: 'promote', by: 'impatient', reason: 'it took too long', seen: state.at } as const
    await operator.rollouts.act(id, action, operator.actor)
  }

  async #close(): Promise<void> {
    const operator = this.#operator
    this.#operator = null
    try {
      await operator?.[Symbol.asyncDispose]()
    } catch {
      // Its connections were cut before.
    }
  }
}
