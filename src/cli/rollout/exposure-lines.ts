import type { ExposedUnit } from '../../app/rollout/list-exposures.ts'

export interface ExposureFormat {
  readonly format: 'jsonl' | 'csv'
  /** At most so many units. */
  readonly max: number
}

const header = [
  'tenant',
  'unit',
  'entity',
  'first_at',
  'command_id',
  'event_id',
  'integration',
  'operation',
  'state',
  'at',
]

/** Exposed units as lines; `counted.units` grows with each. Stops reading where nobody reads on. */
export async function* exposureLines(
  units: AsyncIterable<ExposedUnit>,
  { format, max }: ExposureFormat,
  counted: { units: number },
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(header)
  for await (const unit of units) {
    if (format === 'csv') yield* csvLines(unit)
    else yield JSON.stringify(unit)
    counted.units += 1
    if (counted.units >= max) return
  }
}

function csvLines({ tenant, unit, entityKey, firstAt, actions }: ExposedUnit): readonly string[] {
  const about = [tenant, unit, entityKey, firstAt]
  if (actions.length === 0) return [csvLine([...about, '', '', '', '', '', ''])]
  return actions.map(({ commandId, eventId, integration, operation, state, at }) =>
    csvLine([...about, commandId, eventId, integration, operation, state, at]),
  )
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is quoted as text. */
function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => {
      const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')
}
