import type { CrashPointName } from '../../../src/kernel/crash-points.ts'
import { groupOf } from './fault-schedule.ts'
import type { Schedule } from './fault-schedule.ts'
import { SimulatedDaemon } from './world/simulated-daemon.ts'
import type { SimulatedWorld } from './world/simulated-daemon.ts'
import { simulatedClock, SimulatedProcess } from './world/simulated-process.ts'

/** A daemon that is told to end has ended by then, whatever its calls are waiting for. */
const stopMsMax = 10_000

/** The daemons of a simulation: who dies is replaced by a new process after a while, as a supervisor does. */
export class Fleet {
  crashes = 0
  /** What was promised of starts and stops and not kept. */
  readonly violations: string[] = []
  /** In each place the process that runs there now, or ran last. */
  readonly daemons: SimulatedDaemon[] = []
  readonly #world: SimulatedWorld
  readonly #schedule: Schedule
  readonly #note: (text: string) => void
  readonly #all: SimulatedDaemon[] = []
  /** Crash points that are still to be died at, with the number of times they are passed before. */
  readonly #armed: { readonly point: CrashPointName; left: number }[]
  readonly #ending = new Set<SimulatedDaemon>()
  #healed = false

  constructor(options: { world: SimulatedWorld; schedule: Schedule; note: (text: string) => void }) {
    this.#world = options.world
    this.#schedule = options.schedule
    this.#note = options.note
    this.#armed = options.schedule.faults.flatMap((fault) =>
      fault.kind === 'crash_at' ? [{ point: fault.point, left: fault.nth }] : [],
    )
  }

  start(): void {
    for (let place = 0; place < this.#schedule.daemons; place += 1) this.#startAt(place)
  }

  note(text: string): void {
    this.#note(text)
  }

  /** Kills what runs in a place; it is replaced `forMs` later. */
  kill(place: number, forMs: number): void {
    const daemon = this.daemons[place]
    if (daemon === undefined || daemon.process.state === 'dead') return
    daemon.process.kill()
    this.#died(daemon.process, 'is killed', forMs)
  }

  /** SIGTERM: it ends what it has begun and exits; it is replaced `forMs` later. */
  end(place: number, forMs: number): void {
    const daemon = this.daemons[place]
    if (daemon?.process.state !== 'running' || this.#ending.has(daemon)) return
    this.#ending.add(daemon)
    this.#note(`${daemon.process.name} is told to end`)
    const beganMs = this.#world.time.nowMs
    void daemon.stop().then(() => {
      if (daemon.process.state === 'dead') return
      daemon.process.kill()
      const tookMs = this.#world.time.nowMs - beganMs
      if (tookMs > stopMsMax && this.#isQuiet()) this.violations.push(`F17: a stop took ${tookMs} ms`)
      this.#replaceLater(daemon.process, 'has ended', forMs)
    })
  }

  pause(place: number, forMs: number): void {
    const process = this.daemons[place]?.process
    if (process?.state !== 'running') return
    process.pause()
    this.#note(`${process.name} is stopped for ${forMs} ms`)
    this.#world.time.schedule(
      forMs,
      () => {
        if (process.state !== 'paused') return
        this.#note(`${process.name} goes on`)
        process.resume()
      },
      undefined,
    )
  }

  /** No fault any more: everybody runs, and answers come. */
  heal(): void {
    const { database, bus, vendor } = this.#world
    this.#healed = true
    this.#armed.splice(0)
    Object.assign(database, { state: 'up', answersLost: 0, callsLost: 0 })
    Object.assign(bus, { answersLost: 0, hangs: false })
    bus.bus.heal()
    bus.bus.reconnect()
    vendor.trouble = 0
    for (const [place, daemon] of this.daemons.entries()) {
      daemon.process.resume()
      if (daemon.process.state === 'dead') this.#startAt(place)
    }
    this.#note('all is healed')
  }

  counters(): { repaired: number; gapsFilled: number; staleRejected: number; duplicates: number } {
    const sum = (of: (daemon: SimulatedDaemon) => number): number =>
      this.#all.reduce((total, daemon) => total + of(daemon), 0)
    return {
      repaired: sum(({ reconciler }) => reconciler.counters.repaired),
      gapsFilled: sum(({ processor }) => processor.counters.repaired),
      staleRejected: sum(({ dispatcher }) => dispatcher.settlements.counters.staleRejected),
      duplicates: sum(({ processor }) => processor.counters.duplicates),
    }
  }

  #startAt(place: number): void {
    const { time } = this.#world
    const process = new SimulatedProcess({
      name: `d${this.#all.length + 1}`,
      clock: simulatedClock(time, this.#schedule.skewsMs[place] ?? 0, time.nowMs),
      diesAt: (point, dying) => this.#diesAt(point, dying),
    })
    const daemon = new SimulatedDaemon(process, this.#world)
    this.#all.push(daemon)
    this.daemons[place] = daemon
    this.#note(`${process.name} starts`)
    daemon.start()
  }

  #diesAt(point: CrashPointName, process: SimulatedProcess): boolean {
    if (this.#healed || process.state === 'dead') return false
    const armed = this.#armed.find((one) => one.point === point)
    if (armed === undefined) return false
    armed.left -= 1
    if (armed.left > 0) return false
    this.#armed.splice(this.#armed.indexOf(armed), 1)
    // The process is killed by whoever asked.
    this.#died(process, `dies at ${point}`, this.#world.random.whole(100, 12_000))
    return true
  }

  #died(process: SimulatedProcess, how: string, forMs: number): void {
    this.crashes += 1
    this.#replaceLater(process, how, forMs)
  }

  /** Nothing but vendors and other daemons is in anybody's way. */
  #isQuiet(): boolean {
    return this.#schedule.faults.every(({ kind }) => kind === 'told_to_end' || groupOf[kind] === 'vendor')
  }

  #replaceLater(process: SimulatedProcess, how: string, forMs: number): void {
    this.#note(`${process.name} ${how}`)
    this.#world.time.schedule(
      forMs,
      () => {
        const place = this.daemons.findIndex((daemon) => daemon.process === process)
        if (place !== -1) this.#startAt(place)
      },
      undefined,
    )
  }
}
