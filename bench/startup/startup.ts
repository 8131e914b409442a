import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeEmptyManifest } from './write-empty-manifest.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(dirname(here))
const emptyCli = join(here, 'empty-cli')

/** CPU time (user and system, its children included) of one call, milliseconds. */
export interface StartupRow {
  readonly call: string
  readonly neuronxMinMs: number
  readonly neuronxMedianMs: number
  readonly emptyMinMs: number
  readonly emptyMedianMs: number
  readonly nodeMinMs: number
  /** neuronxMinMs / emptyMinMs: the figure that is held. Wall time on a shared machine says little, the minimum of CPU time much. */
  readonly ratio: number
}

/** At most this many times an empty oclif CLI's CPU time. */
export const startupRatioMax = 1.3

const calls = [['--version'], ['--help'], ['tenant', 'list', '--help']] as const

/**
 * CPU time of starting: `--version`, `--help` and the help of one command, beside an empty oclif CLI (the project's
 * @oclif/core, a manifest, one command) and bare node. Rounds are interleaved, so that a busy moment hits all alike.
 */
export function runStartupBench(options: { rounds?: number } = {}): Promise<readonly StartupRow[]> {
  return measure(options.rounds ?? 15)
}

async function measure(rounds: number): Promise<readonly StartupRow[]> {
  if (!existsSync(join(root, 'dist', 'cli.js'))) throw new Error('neuronx is not built: npm run build')
  await writeEmptyManifest(emptyCli)
  const neuronx = join(root, 'bin', 'run.js')
  const empty = join(emptyCli, 'bin', 'run.js')
  const rows: StartupRow[] = []
  for (const call of calls) {
    const times: { neuronx: number[]; empty: number[]; node: number[] } = { neuronx: [], empty: [], node: [] }
    // The first call fills the compile cache and the disk's: it is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const counted = round > 0
      const measured = {
        neuronx: cpuMs([neuronx, ...call]),
        empty: cpuMs([empty, ...call]),
        node: cpuMs(['-e', '0']),
      }
      if (!counted) continue
      times.neuronx.push(measured.neuronx)
      times.empty.push(measured.empty)
      times.node.push(measured.node)
    }
    rows.push({
      call: call.join(' '),
      neuronxMinMs: Math.min(...times.neuronx),
      neuronxMedianMs: median(times.neuronx),
      emptyMinMs: Math.min(...times.empty),
      emptyMedianMs: median(times.empty),
      nodeMinMs: Math.min(...times.node),
      ratio: Math.round((Math.min(...times.neuronx) / Math.min(...times.empty)) * 100) / 100,
    })
  }
  return rows
}

/** The shell's own clock for its children: Node does not tell what a child has used, and bash is where Node tools are built. */
function cpuMs(args: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>&1 </dev/null'
  const result = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    encoding: 'utf8',
    env: quietEnvironment,
  })
  const [user = Number.NaN, system = Number.NaN] = result.stderr
    .trim()
    .replaceAll(',', '.')
    .split(' ')
    .map(Number)
  if (Number.isNaN(user + system))
    throw new Error(`The CPU time of node ${args.join(' ')} could not be read: ${result.stderr}`)
  return Math.round((user + system) * 1_000)
}

/** Nothing of the caller's that changes how Node starts. */
const quietEnvironment = {
  PATH: dirname(process.execPath) + ':/usr/local/bin:/usr/bin:/bin',
  HOME: here,
  LANG: 'C',
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
