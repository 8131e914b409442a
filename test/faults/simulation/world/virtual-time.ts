import { AsyncLocalStorage } from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'

/** Whose timers these are: a process that is stopped or dead runs none. */
export interface TimerOwner {
  readonly state: 'running' | 'paused' | 'dead'
  /** Keeps what came due while it was stopped. */
  hold(work: () => void): void
}

interface Entry {
  readonly atMs: number
  readonly order: number
  readonly owner: TimerOwner | undefined
  readonly work: () => void
  cancelled: boolean
}

const owners = new AsyncLocalStorage<TimerOwner | undefined>()
const realTurn = globalThis.setImmediate
const stepsMax = 2_000_000

/** Runs work, and all that follows from it, as part of a process; undefined: as part of the world around it. */
export function asOwner<T>(owner: TimerOwner | undefined, work: () => T): T {
  return owners.run(owner, work)
}

/**
 * The time of a simulation: timers of the whole process come due in the order of their virtual times, as soon as everything
 * before them has been worked off. Nothing waits in earnest.
 */
export class VirtualTime {
  nowMs = 0
  steps = 0
  readonly #heap: Entry[] = []
  #orders = 0

  schedule(delayMs: number, work: () => void, owner: TimerOwner | undefined = owners.getStore()): Entry {
    const atMs = this.nowMs + Math.max(0, Number.isFinite(delayMs) ? delayMs : 0)
    const entry: Entry = { atMs, order: this.#orders++, owner, work, cancelled: false }
    this.#push(entry)
    return entry
  }

  /** Resolves after so long, unless the owner is dead by then. */
  async delay(delayMs: number, owner: TimerOwner | undefined = owners.getStore()): Promise<void> {
    await new Promise<void>((resolve) => this.schedule(delayMs, resolve, owner))
  }

  /** Lets time pass until `done`, which is asked every `everyMs`, or until `limitMs`. Returns whether it was done. */
  async run(done: () => boolean, limitMs: number, everyMs = 100): Promise<boolean> {
    let askAtMs = this.nowMs
    for (;;) {
      await new Promise((resolve) => realTurn(resolve))
      if (this.nowMs >= askAtMs) {
        if (done()) return true
        askAtMs = this.nowMs + everyMs
      }
      const next = this.#heap[0]
      if (next === undefined || next.atMs > limitMs) return done()
      const entry = this.#pop() as Entry
      if (entry.cancelled) continue
      this.steps += 1
      if (this.steps > stepsMax) throw new Error(`The simulation does not get on: ${stepsMax} steps`)
      this.nowMs = Math.max(this.nowMs, entry.atMs)
      fire(entry)
    }
  }

  /** Puts virtual timers in the place of the real ones, of globals and of node:timers/promises. Returns how to undo it. */
  install(): () => void {
    const { setTimeout, clearTimeout, setImmediate } = globalThis
    const promised = timersPromises.setTimeout
    const handle = (entry: Entry) => ({ entry, ref: () => handle(entry), unref: () => handle(entry) })
    const started = (work: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      handle(this.schedule(delayMs, () => work(...args)))
    const cleared = (timer: { entry?: Entry } | undefined | null) => {
      if (timer?.entry !== undefined) timer.entry.cancelled = true
    }
    Object.assign(globalThis, {
      setTimeout: started,
      clearTimeout: cleared,
      setImmediate: (work: () => void) => handle(this.schedule(0, work)),
    })
    Object.assign(timersPromises, {
      setTimeout: async (delayMs: number, value: unknown, options: { signal?: AbortSignal } = {}) =>
        await new Promise((resolve, reject) => {
          const entry = this.schedule(delayMs, () => resolve(value))
          options.signal?.addEventListener('abort', () => {
            entry.cancelled = true
            reject(new DOMException('This operation was aborted', 'AbortError'))
          })
        }),
    })
    syncBuiltinESMExports()
    return () => {
      Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate })
      Object.assign(timersPromises, { setTimeout: promised })
      syncBuiltinESMExports()
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!earlier(entry, heap[parent] as Entry)) break
      heap[at] = heap[parent] as Entry
      at = parent
    }
    heap[at] = entry
  }

  #pop(): Entry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (heap.length === 0 || last === undefined) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && earlier(heap[child + 1] as Entry, heap[child] as Entry)) child += 1
      if (!earlier(heap[child] as Entry, last)) break
      heap[at] = heap[child] as Entry
      at = child
    }
    heap[at] = last
    return first
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

function fire({ owner, work }: Entry): void {
  if (owner?.state === 'dead') return
  if (owner?.state === 'paused') return owner.hold(() => owners.run(owner, work))
  owners.run(owner, work)
}
