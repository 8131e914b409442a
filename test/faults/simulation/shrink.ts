import { simulate } from './simulate.ts'
import type { SimulationOptions, SimulationReport } from './simulate.ts'

/** Leaves out of a failing schedule whatever it fails without, one fault after another, and plays the rest. */
export async function shrink(options: SimulationOptions): Promise<SimulationReport> {
  let without: ReadonlySet<number> = new Set()
  let smallest = await simulate(options)
  for (let index = 0, all = smallest.schedule.faults.length; index < all; index += 1) {
    const fewer = new Set([...without, index])
    const report = await simulate({ ...options, without: fewer })
    if (report.violations.length === 0) continue
    without = fewer
    smallest = report
  }
  return smallest
}
