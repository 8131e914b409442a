import type { Output } from '../output.ts'

/** Shows the steps of long work while it runs. */
export interface StepDisplay {
  begin(title: string): void
  detail(text: string): void
  /** The last step is over, well or not. Resolves when nothing more will be written. */
  end(failed: boolean): Promise<void>
}

/** On a terminal a live list (listr2); else a line a step on stderr; nothing when the output is one JSON document. */
export async function stepDisplay(
  titles: readonly string[],
  output: Output,
  json: boolean,
): Promise<StepDisplay> {
  if (json) return { begin: () => {}, detail: () => {}, end: async () => {} }
  return output.isTerminal ? await liveSteps(titles) : plainSteps(output)
}

function plainSteps(output: Output): StepDisplay {
  let last = ''
  const flush = (): void => {
    if (last !== '') output.tell(`    ${last}`)
    last = ''
  }
  return {
    begin: (title) => {
      flush()
      output.tell(`  ${title}`)
    },
    detail: (text) => {
      last = text
    },
    end: async () => flush(),
  }
}

interface Step {
  readonly done: Promise<void>
  readonly finish: () => void
  readonly fail: (error: Error) => void
}

async function liveSteps(titles: readonly string[]): Promise<StepDisplay> {
  const { Listr } = await import('listr2')
  const steps = new Map(titles.map((title) => [title, newStep()]))
  let show: (text: string) => void = () => {}
  const tasks = titles.map((title) => ({
    title,
    rendererOptions: { persistentOutput: true },
    task: async (_context: unknown, task: { output: string }): Promise<void> => {
      show = (text) => (task.output = text)
      await steps.get(title)?.done
    },
  }))
  const run = new Listr(tasks, { concurrent: false, exitOnError: true, registerSignalListeners: false })
    .run()
    .then(() => {})
    .catch(() => {})
  let current: Step | undefined
  return {
    begin: (title) => {
      current?.finish()
      current = steps.get(title)
    },
    detail: (text) => show(text),
    end: async (failed) => {
      if (failed) current?.fail(new Error('failed'))
      else for (const step of steps.values()) step.finish()
      await run
    },
  }
}

function newStep(): Step {
  let finish: () => void = () => {}
  let fail: (error: Error) => void = () => {}
  const done = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  done.catch(() => {})
  return { done, finish, fail }
}
