import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { benchOptions } from '../bench-options.ts'
import { renderTable } from '../render-table.ts'
import { writeResults } from '../write-results.ts'
import { fleetFiles } from './fleet-documents.ts'
import type { ValidateMeasurement } from './validate-process.ts'

const run = promisify(execFile)

/** What is to be reached with 10,000 documents. */
const goal = { validateMs: 5_000, peakRssMb: 500, documents: 10_000 } as const

const ranges = {
  documents: { from: 10, to: 20_000, otherwise: goal.documents },
  rounds: { from: 1, to: 20, otherwise: 3 },
}

const contestants = {
  neuronx: 'validate-process.ts',
  'yaml + ajv (shapes only)': 'yaml-process.ts',
} as const

type Contestant = keyof typeof contestants
const names = Object.keys(contestants) as Contestant[]

/** Writes a fleet, validates it in fresh processes, prints the fastest round of each contestant. Returns 0, or 1 when a goal is missed. */
export async function runValidateBench(words: readonly string[]): Promise<number> {
  const { numbers, only, json } = benchOptions('validate', ranges, names, words)
  const directory = await mkdtemp(join(tmpdir(), 'neuronx-bench-validate-'))
  try {
    for (const { path, text } of fleetFiles(numbers.documents)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    const rows: { name: Contestant; rounds: ValidateMeasurement[] }[] = []
    for (const name of names.filter((one) => only === null || only.includes(one))) {
      const rounds: ValidateMeasurement[] = []
      for (let round = 0; round < numbers.rounds; round += 1) rounds.push(await measure(name, directory))
      rows.push({ name, rounds })
    }
    const file = await writeResults('validate', { node: process.versions.node, goal, rows })
    const own = rows.find(({ name }) => name === 'neuronx')?.rounds
    const verdict = own === undefined ? null : verdictOn(own)
    process.stdout.write(
      json
        ? `${JSON.stringify(rows, null, 2)}\n`
        : `${report(rows, verdict).join('\n')}\n\nwritten to ${file}\n`,
    )
    return verdict?.isReached === false ? 1 : 0
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function measure(name: Contestant, directory: string): Promise<ValidateMeasurement> {
  const script = join(dirname(fileURLToPath(import.meta.url)), contestants[name])
  const { stdout } = await run(process.execPath, [script, directory], { timeout: 300_000 })
  return JSON.parse(stdout) as ValidateMeasurement
}

function fastest(rounds: readonly ValidateMeasurement[]): ValidateMeasurement {
  return rounds.toSorted((a, b) => a.validateMs - b.validateMs)[0] as ValidateMeasurement
}

function verdictOn(rounds: readonly ValidateMeasurement[]): {
  readonly isReached: boolean
  readonly text: string
} {
  const { documents, validateMs, findings } = fastest(rounds)
  const peakRssMb = Math.max(...rounds.map((round) => round.peakRssMb))
  const allowedMs = goal.validateMs * Math.max(1, documents / goal.documents)
  const isReached = validateMs <= allowedMs && peakRssMb <= goal.peakRssMb && findings === 0
  const wanted = `wanted <= ${Math.round(allowedMs)} ms, <= ${goal.peakRssMb} MB, no findings`
  return { isReached, text: `${isReached ? 'reached' : 'NOT REACHED'}: ${wanted}` }
}

function report(
  rows: readonly { readonly name: string; readonly rounds: readonly ValidateMeasurement[] }[],
  verdict: { readonly text: string } | null,
): readonly string[] {
  const table = renderTable([
    ['config validate, fastest round', 'documents', 'ms', 'documents/s', 'CPU ms', 'peak MB', 'findings'],
    ...rows.map(({ name, rounds }) => {
      const best = fastest(rounds)
      const rate = Math.round((best.documents / best.validateMs) * 1000)
      const peak = Math.max(...rounds.map(({ peakRssMb }) => peakRssMb))
      return [name, best.documents, best.validateMs, rate, best.cpuMs, peak, best.findings].map(String)
    }),
  ])
  return verdict === null ? table : [...table, '', verdict.text]
}
