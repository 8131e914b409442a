import { parseArgs } from 'node:util'
import { errorText, NxError } from '../src/kernel/errors.ts'
import { renderTable } from './render-table.ts'
import { runStartupBench, startupRatioMax } from './startup/startup.ts'
import { writeResults } from './write-results.ts'

const roundsMax = 200

/** Measures the command line's start, prints and writes the figures. Returns 0; a ratio that is missed is in the table. */
export async function reportStartup(words: readonly string[]): Promise<number> {
  const { rounds, json } = startupOptions(words)
  const rows = await runStartupBench(rounds === null ? {} : { rounds })
  const file = await writeResults('startup', { node: process.versions.node, startupRatioMax, rows })
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
    return 0
  }
  const lines = renderTable([
    [
      'CPU ms, minimum (median)',
      'neuronx',
      'empty oclif CLI',
      'bare node',
      'ratio',
      `wanted <= ${startupRatioMax}`,
    ],
    ...rows.map((row) => [
      row.call,
      `${row.neuronxMinMs} (${row.neuronxMedianMs})`,
      `${row.emptyMinMs} (${row.emptyMedianMs})`,
      String(row.nodeMinMs),
      row.ratio.toFixed(2),
      row.ratio <= startupRatioMax ? 'reached' : 'NOT REACHED',
    ]),
  ])
  process.stdout.write(`${lines.join('\n')}\n\nwritten to ${file}\n`)
  return 0
}

function startupOptions(words: readonly string[]): { rounds: number | null; json: boolean } {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { rounds: { type: 'string' }, json: { type: 'boolean' } },
    })
    const rounds = values.rounds === undefined ? null : Number(values.rounds)
    if (rounds !== null && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= roundsMax)) {
      throw new Error(`--rounds must be a whole number from 1 to ${roundsMax}, not '${values.rounds}'`)
    }
    return { rounds, json: values.json ?? false }
  } catch (error) {
    throw new NxError('usage', 'NX-BENCH-USAGE', errorText(error), {
      fix: 'npm run bench -- startup [--rounds 15] [--json]',
    })
  }
}
