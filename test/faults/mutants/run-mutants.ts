import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { mutants } from './mutants.ts'
import type { Mutant, MutantTests } from './mutants.ts'

/**
 * `npm run test:mutants [-- --only TEXT --workers N]`: takes each defence out of a copy of the project. Its tests must fail then,
 * and pass before. Exit code 1 when a mutant survives, or when tests fail on the copy as it is.
 */
const { values } = parseArgs({ options: { only: { type: 'string' }, workers: { type: 'string' } } })
const root = process.cwd()
const limitMs = 240_000

interface Ran {
  /** `broken`: no test was run to its end, so that nothing is known. */
  readonly end: 'passed' | 'failed' | 'broken'
  readonly output: string
}

async function copyOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'neuronx-mutants-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  for (const file of files.split('\n').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await cp(join(root, file), join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      // Removed and not yet committed.
      if (error.code !== 'ENOENT') throw error
    })
  }
  // What is installed, and the nats-server that was fetched.
  for (const name of ['node_modules', '.cache'])
    if (existsSync(join(root, name))) await symlink(join(root, name), join(folder, name))
  return folder
}

async function run(folder: string, tests: MutantTests): Promise<Ran> {
  const args =
    'files' in tests
      ? [
          ...[join('node_modules', 'mocha', 'bin', 'mocha.js'), '--bail', '--exit', '--timeout', '30000'],
          ...(tests.grep === undefined ? [] : ['--grep', tests.grep]),
          ...tests.files,
        ]
      : [
          ...[
            join('test', 'faults', 'simulation', 'run.ts'),
            '--seeds',
            String(tests.seeds),
            '--failures',
            '1',
          ],
          ...(tests.point === undefined ? [] : ['--point', tests.point]),
        ]
  const child = spawn(process.execPath, ['--no-warnings', ...args], { cwd: folder, timeout: limitMs })
  const parts: string[] = []
  child.stdout.on('data', (part: Buffer) => parts.push(part.toString()))
  child.stderr.on('data', (part: Buffer) => parts.push(part.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const output = parts.join('')
  if (code === 0) return { end: /\b0 passing/.test(output) ? 'broken' : 'passed', output }
  return { end: /\d+ failing|BROKEN/.test(output) ? 'failed' : 'broken', output }
}

/** One mutant in a copy that is as the project before and afterwards. */
async function check(folder: string, { file, find, replace, tests }: Mutant): Promise<Ran> {
  const path = join(folder, file)
  const text = await readFile(path, 'utf8')
  if (text.split(find).length !== 2) return { end: 'broken', output: `Not found exactly once in ${file}` }
  await writeFile(
    path,
    text.replace(find, () => replace),
  )
  try {
    return await run(folder, tests)
  } finally {
    await writeFile(path, text)
  }
}

const chosen = mutants.filter(({ name }) => name.includes(values.only ?? ''))
const waiting = [...chosen]
let bad = 0

function tell(name: string, verdict: string, { output }: Ran, good: boolean, beganMs: number): void {
  const seconds = ((performance.now() - beganMs) / 1_000).toFixed(0)
  console.log(`${good ? 'ok     ' : 'FAILED '} ${verdict.padEnd(9)} ${name}  (${seconds} s)`)
  if (good) return
  bad += 1
  console.log(output.slice(-4_000))
}

async function work(folder: string): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const beganMs = performance.now()
    const ran = await check(folder, mutant)
    const verdict = ran.end === 'failed' ? 'noticed' : ran.end === 'passed' ? 'SURVIVED' : 'broken'
    tell(mutant.name, verdict, ran, ran.end === 'failed', beganMs)
  }
}

const workers = Math.max(1, Math.min(Number(values.workers ?? availableParallelism()), chosen.length))
const folders = await Promise.all(Array.from({ length: workers }, copyOf))
try {
  const [first = ''] = folders
  const suites = new Map(chosen.map(({ tests }) => [JSON.stringify(tests), tests]))
  for (const [name, tests] of suites) {
    const beganMs = performance.now()
    const ran = await run(first, tests)
    tell(`as it is: ${name}`, ran.end, ran, ran.end === 'passed', beganMs)
  }
  await Promise.all(folders.map(work))
} finally {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}
console.log(`${chosen.length} defences, ${bad} complaints`)
process.exitCode = bad > 0 ? 1 : 0
