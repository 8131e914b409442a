import type { LayerCounters } from '../check/check-counters.ts'
import type { DaemonSlot } from './daemon-slot.ts'
import { pause } from './writers.ts'

const everyMs = 1_500

/** Reads the daemons' metrics all the time: those of a process that is killed are its last ones. */
export class MetricsReader {
  /** Largest resident set that was seen, bytes. */
  residentBytesMax = 0
  readonly #slots: readonly DaemonSlot[]
  readonly #last = new Map<string, Readonly<Record<string, number>>>()
  #running: Promise<void> | null = null
  #stopped = false

  constructor(slots: readonly DaemonSlot[]) {
    this.#slots = slots
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
    await this.#read()
  }

  /** Totals over every process that was seen. */
  totals(): LayerCounters {
    const totals: Record<string, number> = {}
    for (const values of this.#last.values())
      for (const [name, value] of Object.entries(values)) totals[name] = (totals[name] ?? 0) + value
    return totals
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await this.#read()
      await pause(everyMs)
    }
  }

  async #read(): Promise<void> {
    await Promise.all(
      this.#slots.map(async ({ serving }) => {
        if (serving === null) return
        const text = await fetch(`${serving.opsUrl}/metrics`, { signal: AbortSignal.timeout(1_000) })
          .then(async (answer) => await answer.text())
          .catch(() => null)
        if (text === null) return
        this.#last.set(serving.id, countersOf(text))
        const resident = /^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]
        this.residentBytesMax = Math.max(this.residentBytesMax, Number(resident ?? 0))
      }),
    )
  }
}

function countersOf(text: string): Readonly<Record<string, number>> {
  const counters: Record<string, number> = {}
  for (const [, group, what, value] of text.matchAll(/^neuronx_(\w+)_total\{what="(\w+)"\} (\S+)$/gm))
    counters[`${group}.${what}`] = Number(value)
  return counters
}
