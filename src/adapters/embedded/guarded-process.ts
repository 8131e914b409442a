import { spawn } from 'node:child_process'
import { open, rename, stat } from 'node:fs/promises'
import { NxError, errorText } from '../../kernel/errors.ts'

export interface GuardedOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Run as this user; the present one when null. */
  readonly user: { readonly uid: number; readonly gid: number } | null
  /** Where the process writes. Appended to; put aside as `<file>.1` at start when above `logBytesMax`. */
  readonly logFile: string
  readonly logBytesMax?: number
  /** What asks it to end well. */
  readonly cleanSignal: 'TERM' | 'INT'
  /** What ends it when there is no time: the parent died, or `stopMs` went by. */
  readonly crashSignal: 'TERM' | 'QUIT'
  /** How long an orderly end may take, milliseconds. */
  readonly stopMs: number
}

export interface GuardedExit {
  readonly code: number | null
  readonly signal: string | null
}

export interface GuardedProcess {
  readonly guardPid: number
  /** Resolves when the process is gone, wanted or not. */
  readonly exited: Promise<GuardedExit>
  /** Where in the log file this run's lines begin, bytes. */
  readonly logOffset: number
  stop(): Promise<void>
}

/**
 * The guard: starts the command and waits on its own stdin, whose other end only our process holds. A line there asks for
 * an orderly end; end-of-file means that we died, however that happened, and ends the command at once. The command
 * gets an environment of its own, so that nothing of ours (PG…, secrets) reaches it.
 */
const guardScript = `
clean=$1 crash=$2 ticks=$3
shift 3
exec 3<&0 </dev/null
env -i PATH="$PATH" LC_ALL=C TZ=UTC "$@" 3<&- &
child=$!
(
  trap 'exit 0' TERM
  pause() { while [ "$1" -gt 0 ] && kill -0 "$child"; do sleep 0.1; set -- $(($1 - 1)); done; }
  if IFS= read -r word <&3; then kill -s "$clean" "$child"; else kill -s "$crash" "$child"; fi
  exec 3<&-
  pause "$ticks"
  kill -s "$crash" "$child"
  pause 20
  kill -s KILL "$child"
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$child"
status=$?
kill "$watcher" 2>/dev/null
wait "$watcher"
exit "$status"
`

/** Time for the crash signal and the kill behind it, on top of `stopMs`. */
const afterStopMs = 4_000

/**
 * Starts a process that cannot outlive us: SIGKILL of this process ends it too. It has a session of its own, so that
 * Ctrl-C in a terminal reaches us and not it. Throws NX-CHILD-START when the guard cannot run.
 */
export async function startGuarded(options: GuardedOptions): Promise<GuardedProcess> {
  const { logFile, logBytesMax = 16 * 1024 * 1024 } = options
  const sizeBefore = await stat(logFile).then(
    (info) => info.size,
    () => 0,
  )
  if (sizeBefore > logBytesMax) await rename(logFile, `${logFile}.1`)
  const logOffset = sizeBefore > logBytesMax ? 0 : sizeBefore
  await using log = await open(logFile, 'a', 0o600)
  const ticks = String(Math.ceil(options.stopMs / 100))
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      guardScript,
      'neuronx-guard',
      options.cleanSignal,
      options.crashSignal,
      ticks,
      options.command,
      ...options.args,
    ],
    {
      cwd: options.cwd,
      detached: true,
      stdio: ['pipe', log.fd, log.fd],
      ...(options.user === null ? {} : options.user),
    },
  )
  // The guard may be gone when the word to stop is written; `exited` is what says so.
  child.stdin?.on('error', () => undefined)
  const exited = new Promise<GuardedExit>((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal })),
  )
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error) => reject(cannotStart(options.command, error)))
  })
  const guardPid = child.pid as number
  let stopping: Promise<void> | null = null
  const stop = async (): Promise<void> => {
    child.stdin?.end('stop\n')
    const deadline = setTimeout(() => killGroup(guardPid), options.stopMs + afterStopMs)
    await exited
    clearTimeout(deadline)
  }
  return { guardPid, exited, logOffset, stop: () => (stopping ??= stop()) }
}

function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL')
  } catch {
    // The whole group is gone already, which is what was wanted.
  }
}

function cannotStart(command: string, cause: unknown): NxError {
  return new NxError('io', 'NX-CHILD-START', `${command} could not be started`, {
    detail: errorText(cause),
    fix: 'Check that /bin/sh exists and that the number of processes is not limited.',
    cause,
  })
}

/** What a run wrote to its log file, the last `bytesMax` of it. */
export async function logTail(logFile: string, fromOffset: number, bytesMax = 4_096): Promise<string> {
  await using file = await open(logFile, 'r')
  const { size } = await file.stat()
  const start = Math.max(fromOffset, size - bytesMax)
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(Math.max(0, size - start)),
    0,
    size - start,
    start,
  )
  return buffer.toString('utf8', 0, bytesRead).trim()
}
