import type { Output } from '../output.ts'
import { progressText } from './shown-job.ts'
import type { ShownJob } from './shown-job.ts'

/** How the progress of a job is shown: for people, as JSON lines on stdout, or not at all (one envelope follows). */
export type ProgressFormat = 'text' | 'jsonl' | 'none'

/** Shows a job while it goes on. */
export interface JobDisplay {
  show(job: ShownJob): void
  /** Nothing more comes. Resolves when everything is written. */
  end(failed: boolean): Promise<void>
}

/** On a terminal a live line (listr2), piped a line on stderr at every tenth of the way, as JSON lines every change on stdout. */
export async function jobDisplay(
  title: string,
  output: Output,
  format: ProgressFormat,
  now: () => Date,
): Promise<JobDisplay> {
  if (format === 'none') return { show: () => {}, end: async () => {} }
  if (format === 'jsonl') return jsonLines(output)
  return output.isTerminal ? await liveLine(title, output, now) : plainLines(output, now)
}

function jsonLines(output: Output): JobDisplay {
  let last = ''
  return {
    show: (job) => {
      const line = JSON.stringify(job)
      if (line !== last) output.print(line)
      last = line
    },
    end: async () => {},
  }
}

function plainLines(output: Output, now: () => Date): JobDisplay {
  let last = ''
  return {
    show: (job) => {
      const { total, done, skipped, failed } = job.counts
      const ended = done + skipped + failed
      // A walk whose length is not known is told at every doubling.
      const tenth = total > 0 ? Math.floor((ended / total) * 10) : Math.floor(Math.log2(ended + 1))
      const stage = `${job.status}/${tenth}`
      if (stage !== last) output.tell(`  ${progressText(job, now())}`)
      last = stage
    },
    end: async () => {},
  }
}

async function liveLine(title: string, output: Output, now: () => Date): Promise<JobDisplay> {
  const { Listr } = await import('listr2')
  let finish: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  done.catch(() => {})
  const indent = 4
  let last = ''
  let show: (line: string) => void = () => {}
  const run = new Listr(
    [
      {
        title,
        rendererOptions: { persistentOutput: true },
        task: async (_context: unknown, task: { output: string }): Promise<void> => {
          show = (line) => (task.output = line)
          if (last !== '') show(last)
          await done
        },
      },
    ],
    { registerSignalListeners: false, rendererOptions: { showErrorMessage: false } },
  )
    .run()
    .then(() => {})
    .catch(() => {})
  return {
    show: (job) => {
      last = progressText(job, now(), (output.columns ?? 80) - indent)
      show(last)
    },
    end: async (failed) => {
      if (failed) fail(new Error(last))
      else finish()
      await run
    },
  }
}
