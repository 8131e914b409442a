import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
export const runFile = join(projectRoot, 'bin', 'run.js')

let built = false

/** Builds the command line unless it is up to date; once per test run. */
export function buildCli(): void {
  if (built) return
  const result = spawnSync(process.execPath, [join(projectRoot, 'scripts', 'build.mjs')], {
    encoding: 'utf8',
  })
  if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`)
  built = true
}

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What is piped into it; without: nothing, and its stdin is closed. */
  readonly input?: string
  /** Flags for Node itself. */
  readonly node?: readonly string[]
}

/** The environment of a test's command: none of the caller's settings. */
export function cliEnvironment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    XDG_CACHE_HOME: join(projectRoot, '.cache'),
    ...env,
  }
}

/** Starts the built command line. */
export function startCli(args: readonly string[], options: CliOptions = {}): ChildProcess {
  return spawn(process.execPath, [...(options.node ?? []), runFile, ...args], {
    cwd: options.cwd ?? projectRoot,
    env: cliEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs the built command line to its end. */
export async function runBuiltCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const child = startCli(args, options)
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input ?? '')
  return await resultOf(child)
}

/** Resolves when the process has ended and its output has been read. */
export async function resultOf(child: ChildProcess): Promise<CliResult> {
  let stdout = ''
  let stderr = ''
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
