import { renderTable } from './render-table.ts'

/** A figure beside what it has to be. */
export interface Target {
  readonly figure: string
  readonly measured: number
  readonly wanted: string
  readonly reached: boolean
}

interface Rate {
  readonly contestant: string
  readonly eventsPerSecond: number
}

/** How many times as fast as another neuronx has to be; nothing when one of them did not run. `unit`: what is counted, `events`. */
export function atLeast(
  rows: readonly Rate[],
  unit: string,
  other: string,
  wanted: number,
): readonly Target[] {
  const own = rows.find(({ contestant }) => contestant === 'neuronx')
  const row = rows.find(({ contestant }) => contestant === other)
  if (own === undefined || row === undefined) return []
  const measured = own.eventsPerSecond / row.eventsPerSecond
  return [
    {
      figure: `${unit}/s, neuronx / ${other}`,
      measured,
      wanted: `>= ${wanted}`,
      reached: measured >= wanted,
    },
  ]
}

export function atMost(figure: string, measured: number, wanted: number): Target {
  return { figure, measured, wanted: `<= ${wanted}`, reached: measured <= wanted }
}

export function noLess(figure: string, measured: number, wanted: number): Target {
  return { figure, measured, wanted: `>= ${wanted}`, reached: measured >= wanted }
}

export function renderTargets(targets: readonly Target[]): string[] {
  return renderTable([
    ['figure', 'measured', 'wanted', ''],
    ...targets.map(({ figure, measured, wanted, reached }) => [
      figure,
      measured.toFixed(2),
      wanted,
      reached ? 'reached' : 'NOT REACHED',
    ]),
  ])
}
