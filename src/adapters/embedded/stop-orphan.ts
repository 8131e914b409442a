import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { processTraits } from './process-identity.ts'

export interface OrphanSearch {
  /** From a pid file that a run before may have left; null when there was none. */
  readonly pid: number | null
  /** Is it ours, and not a process that got its number later? */
  readonly isOurs: (traits: { command: string; cwd: string | null }) => boolean
  /** From gentle to forceful. */
  readonly signals: readonly NodeJS.Signals[]
  /** How long each signal gets, milliseconds. */
  readonly perSignalMs: number
  readonly clock: Clock
}

/**
 * Ends a server that a killed run left on our data (its guard was killed as well). Returns its process id, or null when there
 * was none. The caller holds the lock of the data directory, so whoever runs on it has lost its owner. Throws NX-ORPHAN.
 */
export async function stopOrphan(search: OrphanSearch): Promise<number | null> {
  const { pid, clock } = search
  if (pid === null || !(await runs(pid, search))) return null
  for (const signal of search.signals) {
    try {
      process.kill(pid, signal)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw cannotEnd(pid, error)
    }
    const deadline = clock.monotonicMs() + search.perSignalMs
    while (clock.monotonicMs() < deadline) {
      if (!(await runs(pid, search))) return pid
      await sleep(20)
    }
  }
  throw cannotEnd(pid, null)
}

async function runs(pid: number, search: OrphanSearch): Promise<boolean> {
  const traits = await processTraits(pid)
  return traits !== null && search.isOurs(traits)
}

function cannotEnd(pid: number, cause: unknown): NxError {
  return new NxError(
    'conflict',
    'NX-ORPHAN',
    'A server of an earlier run still works on this data directory',
    {
      detail: `Process ${pid} could not be ended.`,
      fix: `End process ${pid}, then start again.`,
      cause,
    },
  )
}
