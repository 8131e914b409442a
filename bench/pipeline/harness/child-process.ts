import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { errorText, NxError } from '../../../src/kernel/errors.ts'

/** What a child answers: the name of a request to the function that serves it. Values are structured clones. */
export type ChildHandlers = Readonly<Record<string, (input: never) => unknown>>

interface Request {
  readonly id: number
  readonly name: string
  readonly input: unknown
}

type Answer =
  | { readonly id: number; readonly state: 'done'; readonly output: unknown }
  | { readonly id: number; readonly state: 'failed'; readonly problem: string }

/** A part of the benchmark in a process of its own, so that its work is not counted with another's. */
export interface Child<Handlers extends ChildHandlers> extends AsyncDisposable {
  readonly pid: number
  /** Resolves with what the child's function returned; rejects with NX-BENCH-CHILD when it threw or the child ended. */
  request<Name extends keyof Handlers & string>(
    name: Name,
    input: Parameters<Handlers[Name]>[0],
  ): Promise<Awaited<ReturnType<Handlers[Name]>>>
}

/** Starts `file`, which calls `serveRequests`. It ends with this process, however that ends. */
export function startChild<Handlers extends ChildHandlers>(file: URL): Child<Handlers> {
  const child = fork(file, { serialization: 'advanced', execArgv: ['--no-warnings'], stdio: 'inherit' })
  const waiting = new Map<number, { resolve: (output: unknown) => void; reject: (error: Error) => void }>()
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.on('message', (answer: Answer) => {
    const request = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (answer.state === 'done') request?.resolve(answer.output)
    else request?.reject(childFailed(file, answer.problem))
  })
  child.on('error', (error) => failAll(waiting, childFailed(file, error.message)))
  void ended.then(() => failAll(waiting, childFailed(file, 'It ended while it was asked.')))
  let count = 0
  return {
    pid: child.pid ?? 0,
    request: async (name, input) =>
      (await new Promise<unknown>((resolve, reject) => {
        const request: Request = { id: count++, name, input }
        waiting.set(request.id, { resolve, reject })
        child.send(request, (error) => error !== null && reject(childFailed(file, error.message)))
      })) as never,
    [Symbol.asyncDispose]: async () => await stop(child, ended),
  }
}

/** The child's side: answers requests until the parent is gone, then ends. */
export function serveRequests(handlers: ChildHandlers): void {
  process.on('message', ({ id, name, input }: Request) => {
    void answerOf(handlers, id, name, input).then((answer) => process.send?.(answer))
  })
  process.on('disconnect', () => process.exit())
}

async function answerOf(handlers: ChildHandlers, id: number, name: string, input: unknown): Promise<Answer> {
  try {
    const handler = handlers[name] as ((input: unknown) => unknown) | undefined
    if (handler === undefined) throw new Error(`It does not know ${name}.`)
    return { id, state: 'done', output: await handler(input) }
  } catch (error) {
    return { id, state: 'failed', problem: errorText(error) }
  }
}

const stopMsMax = 5_000

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.connected) child.disconnect()
  const deadline = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  await ended
  clearTimeout(deadline)
}

function failAll(waiting: Map<number, { reject: (error: Error) => void }>, error: Error): void {
  for (const { reject } of waiting.values()) reject(error)
  waiting.clear()
}

function childFailed(file: URL, detail: string): NxError {
  return new NxError('io', 'NX-BENCH-CHILD', 'A process of the benchmark failed', {
    detail,
    where: { file: file.pathname.split('/').slice(-3).join('/') },
    fix: 'What it printed above says more.',
  })
}
