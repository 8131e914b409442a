import { startChild } from '../../pipeline/harness/child-process.ts'
import type { LatencySample, RunningOutbox, SteadyLoad, WorkDone } from '../outbox-contestant.ts'

/** What every contestant's process answers. */
export type OutboxHandlers<Start> = {
  readonly start: (start: Start) => Promise<void>
  readonly preload: (what: { phase: string; from: number; count: number }) => Promise<void>
  readonly drain: (total: number) => Promise<number>
  readonly steady: (load: SteadyLoad) => Promise<readonly LatencySample[]>
  readonly count: () => Promise<WorkDone>
}

const preloadMax = 1_000

/** Starts a contestant's process and tells it what to work with. */
export async function startContestant<Start>(file: URL, start: Start): Promise<RunningOutbox> {
  const child = startChild<OutboxHandlers<Start>>(file)
  try {
    await child.request('start', start as never)
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
  return {
    pid: child.pid,
    preload: async (phase, from, count) => {
      for (let done = 0; done < count; done += preloadMax)
        await child.request('preload', {
          phase,
          from: from + done,
          count: Math.min(preloadMax, count - done),
        } as never)
    },
    drain: async (total) => await child.request('drain', total as never),
    steady: async (load) => await child.request('steady', load as never),
    count: async () => await child.request('count', undefined as never),
    [Symbol.asyncDispose]: async () => await child[Symbol.asyncDispose](),
  }
}
