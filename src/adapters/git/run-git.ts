import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { NxError } from '../../kernel/errors.ts'
import type { GitVariables } from './git-environment.ts'
import { safeOptions } from './git-environment.ts'

export interface GitCall {
  /** The repository. */
  readonly gitDir: string
  readonly words: readonly string[]
  readonly variables: GitVariables
  readonly timeoutMs: number
  readonly outputBytesMax: number
  readonly input?: string
  /** Aborting ends it and all that it started. Its reason, when that is an NxError, is what is thrown. */
  readonly signal?: AbortSignal
}

/** git ended with a code of its own. */
export class GitFailed extends NxError {
  readonly exit: number | null

  constructor(exit: number | null, said: string) {
    super('unreachable', 'NX-SOURCE-GIT', 'git failed', { detail: said, retryable: true })
    this.exit = exit
  }
}

const saidCharsMax = 600

/**
 * Runs git without a shell, in a process group of its own. Throws GitFailed, NX-SOURCE-GIT-MISSING, NX-SOURCE-TIMEOUT,
 * NX-SOURCE-TOO-LARGE (more output than `outputBytesMax`), or the reason of the signal.
 */
export async function runGit(call: GitCall): Promise<Buffer> {
  const { gitDir, words, variables, timeoutMs, outputBytesMax, input, signal } = call
  signal?.throwIfAborted()
  const output: Buffer[] = []
  let bytes = 0
  let said = ''
  let stopped: unknown = null
  return await new Promise<Buffer>((resolve, reject) => {
    const child = spawn('git', [...safeOptions, `--git-dir=${gitDir}`, ...words], {
      env: variables,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      shell: false,
    })
    const stop = (why: unknown): void => {
      stopped ??= why
      endGroup(child)
    }
    const timer = setTimeout(() => stop(timedOut(words[0] ?? '', timeoutMs)), timeoutMs)
    const aborted = (): void => stop(signal?.reason)
    signal?.addEventListener('abort', aborted, { once: true })
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', aborted)
    }
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > outputBytesMax)
        stop(tooLarge(`git ${words[0] ?? ''} answered more than ${outputBytesMax} bytes`))
      else output.push(chunk)
    })
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (chunk: string) => (said = `${said}${chunk}`.slice(-4 * saidCharsMax)))
    child.once('error', (error) => {
      done()
      reject(missing(error))
    })
    child.once('close', (exit) => {
      done()
      if (stopped !== null) reject(stopped as Error)
      else if (exit === 0) resolve(Buffer.concat(output))
      else reject(new GitFailed(exit, lastWords(said, exit)))
    })
    // A git that ends early closes its input: its exit code says why.
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}

export function tooLarge(detail: string): NxError {
  return new NxError(
    'configuration',
    'NX-SOURCE-TOO-LARGE',
    'The repository is larger than a source may be',
    {
      detail,
      fix: 'Keep the configuration in a repository of its own, or raise repositoryMibMax of the source.',
    },
  )
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** What git said at last, on one line, without anything that may be a password. */
function lastWords(said: string, exit: number | null): string {
  const lines = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('hint:'))
  const text = lines.join('; ').replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,1024}@/gi, '$1***@')
  return text === '' ? `exit code ${exit ?? 'none'}` : text.slice(-saidCharsMax)
}

function timedOut(word: string, timeoutMs: number): NxError {
  return new NxError('timeout', 'NX-SOURCE-TIMEOUT', `git ${word} took longer than ${timeoutMs / 1_000} s`, {
    retryable: true,
    fix: 'Check the way to the repository; raise timeout of the source when it is just large.',
  })
}

function missing(error: Error): NxError {
  return new NxError('configuration', 'NX-SOURCE-GIT-MISSING', 'git cannot be started', {
    detail: error.message,
    fix: 'Install git on the machine of the daemon, within its PATH.',
    cause: error,
  })
}
