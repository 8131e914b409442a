import { renderTable } from '../render-table.ts'

/** So few rules, evaluated and looked up. */
export interface Crossover {
  readonly rules: number
  readonly linearUs: number
  readonly indexedUs: number
}

export const crossoverCounts: readonly number[] = [4, 8, 16, 32, 64]

/** From how many rules on an index pays: what `indexedFrom` says. */
export function renderCrossover(rows: readonly Crossover[]): readonly string[] {
  if (rows.length === 0) return []
  return [
    '',
    ...renderTable([
      ['rules', 'evaluated µs/event', 'looked up µs/event'],
      ...rows.map(({ rules, linearUs, indexedUs }) => [
        String(rules),
        linearUs.toFixed(2),
        indexedUs.toFixed(2),
      ]),
    ]),
  ]
}
