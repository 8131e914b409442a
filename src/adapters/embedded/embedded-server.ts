import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { freePort } from './free-port.ts'
import { logTail, startGuarded } from './guarded-process.ts'
import type { GuardedOptions, GuardedProcess } from './guarded-process.ts'

export interface ServerStart {
  /** `Postgres`, for messages. */
  readonly name: string
  /** `NX-POSTGRES-START`: the code of a start that failed. */
  readonly code: string
  /** The port to use; 0 picks a free one. */
  readonly port: number
  readonly options: (port: number) => GuardedOptions | Promise<GuardedOptions>
  /** Does the server that we started answer on this port? Called until it does. */
  readonly ready: (port: number) => Promise<boolean>
  /** How long a start may take, milliseconds. */
  readonly startMs: number
  readonly clock: Clock
}

/** What a server says when its port was taken between the choice and the start. */
const portTaken = /address already in use/i
const portAttemptsMax = 5

/**
 * Starts a server under guard and waits until it serves. A free port that somebody else took in the meantime is replaced by
 * another. Throws `code` (io) with the end of the server's own log when it ends early, and (timeout) when it does not get ready.
 */
export async function startEmbeddedServer(
  start: ServerStart,
): Promise<{ port: number; process: GuardedProcess }> {
  for (let attempt = 1; ; attempt++) {
    const port = start.port === 0 ? await freePort() : start.port
    const options = await start.options(port)
    const child = await startGuarded(options)
    const outcome = await waitUntilReady(start, port, child)
    if (outcome === 'ready') return { port, process: child }
    await child.stop()
    const said = await logTail(options.logFile, child.logOffset)
    if (start.port === 0 && attempt < portAttemptsMax && portTaken.test(said)) continue
    throw startFailed(start, port, outcome, said, options.logFile)
  }
}

async function waitUntilReady(
  start: ServerStart,
  port: number,
  child: GuardedProcess,
): Promise<'ready' | 'ended' | 'late'> {
  let ended = false
  void child.exited.then(() => (ended = true))
  const deadline = start.clock.monotonicMs() + start.startMs
  while (start.clock.monotonicMs() < deadline) {
    if (ended) return 'ended'
    if (await start.ready(port)) return 'ready'
    await sleep(10)
  }
  return 'late'
}

function startFailed(
  start: ServerStart,
  port: number,
  outcome: 'ended' | 'late',
  said: string,
  logFile: string,
): NxError {
  const title =
    outcome === 'ended'
      ? `${start.name} ended while it started`
      : `${start.name} did not get ready in ${start.startMs} ms`
  return new NxError(outcome === 'ended' ? 'io' : 'timeout', start.code, title, {
    detail: said === '' ? `Nothing was logged. Port ${port}.` : said,
    where: { file: logFile },
    fix: portTaken.test(said)
      ? `Another program listens on port ${port}: choose another one, or leave it out to have a free one chosen.`
      : 'The detail holds the end of its log, which says what was wrong.',
  })
}
