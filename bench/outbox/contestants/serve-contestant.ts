import { serveRequests } from '../../pipeline/harness/child-process.ts'
import { monotonicMs } from '../../pipeline/harness/monotonic-ms.ts'
import type { CommitWatch } from '../commit-watch.ts'
import type { WorkDone } from '../outbox-contestant.ts'
import type { OutboxHandlers } from './child-contestant.ts'

/** What differs from contestant to contestant. */
export interface ContestantParts<Start> {
  /** Told of every commit. */
  readonly watch: CommitWatch
  start(start: Start): Promise<void>
  /** Puts the events `from` to `from + count` of a phase in. */
  insert(phase: string, from: number, count: number): Promise<void>
  /** Resolves when what was put in may be worked on; none of that is measured. Default: at once. */
  untilDue?(): Promise<void>
  /** Begins to work; does nothing when it has begun. */
  work(): Promise<void>
  count(): Promise<WorkDone>
}

/** Answers the bench in a contestant's process. */
export function serveContestant<Start>(parts: ContestantParts<Start>): void {
  const { watch, start, insert, work, count } = parts
  const handlers: OutboxHandlers<Start> = {
    start,
    preload: async (what) => await insert(what.phase, what.from, what.count),
    drain: async (total) => {
      await parts.untilDue?.()
      const began = monotonicMs()
      await work()
      await watch.until(total)
      return monotonicMs() - began
    },
    steady: async (load) => {
      await work()
      return await watch.steady(load, async (from, many) => await insert(load.phase, from, many))
    },
    count,
  }
  serveRequests(handlers)
}
