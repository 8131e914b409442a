import type { IncomingMessage } from 'node:http'
import { NxError } from '../../../../kernel/errors.ts'
import type { JsonObject, JsonValue } from '../../../../kernel/json.ts'
import type { FaultQueue } from '../fake-faults.ts'
import { parseFakeFault } from '../fake-faults.ts'
import type { FakeBehaviour } from './fake-request.ts'
import { shownCall } from './received-calls.ts'
import type { ReceivedCall } from './received-calls.ts'

/** Below this path a fake is told what to do. */
export const controlPrefix = '/_fake/'

const hosts = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i
const shownMax = 1_000

export interface Controlled {
  readonly name: string
  readonly operations: readonly string[] | null
  readonly calls: ReceivedCall[]
  readonly faults: FaultQueue
  readonly behaviour: FakeBehaviour
}

export interface ControlAnswer {
  readonly status: number
  readonly body: JsonValue
}

/** Not for web pages: neither for one whose name was made to lead here, nor for one that sends forms about. null: it may go on. */
export function refusedStranger({ headers }: IncomingMessage): ControlAnswer | null {
  if (hosts.test(headers.host ?? '') && headers.origin === undefined) return null
  return {
    status: 403,
    body: { code: 'NX-FAKE-HOST', title: 'A fake answers programs of this machine only' },
  }
}

export const closedDoor = {
  code: 'NX-FAKE-DOOR',
  title: 'A fake answers who knows its whole address: DATA_DIR/env has it',
}

/** The address without its first part, which only those know who may read the data directory; null: another, or none. */
export function behindDoor(url: URL, door: string): URL | null {
  if (door === '') return url
  if (!url.pathname.startsWith(`${door}/`)) return null
  const inner = new URL(url)
  inner.pathname = url.pathname.slice(door.length)
  return inner
}

/** Carries out what was asked of the fake itself. */
export function control(
  request: Pick<IncomingMessage, 'method' | 'headers'>,
  url: URL,
  text: string,
  fake: Controlled,
): ControlAnswer {
  try {
    return answerTo(request, url, text, fake)
  } catch (error) {
    if (!(error instanceof NxError)) throw error
    const { code, message, detail, fix } = error
    return {
      status: error.kind === 'conflict' ? 409 : 400,
      body: { code, title: message, detail: detail ?? null, fix: fix ?? null },
    }
  }
}

function answerTo(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  url: URL,
  text: string,
  { name, operations, calls, faults, behaviour }: Controlled,
): ControlAnswer {
  const what = `${method} ${url.pathname.slice(controlPrefix.length)}`
  switch (what) {
    case 'GET calls': {
      const shown = calls.slice(-limitOf(url)).map((call) => shownCall(call) as unknown as JsonObject)
      return { status: 200, body: { fake: name, calls: shown } }
    }
    case 'DELETE calls':
      calls.length = 0
      return { status: 200, body: { fake: name, calls: [] } }
    case 'GET faults':
      break
    case 'POST faults':
      // A web page cannot send this content type elsewhere without being asked for leave.
      if (!/^application\/json\b/i.test(headers['content-type'] ?? ''))
        return { status: 415, body: { code: 'NX-FAKE-TYPE', title: 'Send application/json' } }
      faults.ask(parseFakeFault(jsonOf(text), operations))
      break
    case 'DELETE faults':
      faults.clear()
      behaviour.forgive()
      break
    default:
      return {
        status: 404,
        body: {
          code: 'NX-FAKE-PATH',
          title: 'There is GET and DELETE /_fake/calls, GET, POST and DELETE /_fake/faults',
        },
      }
  }
  return { status: 200, body: { fake: name, faults: faults.waiting as unknown as JsonValue } }
}

function limitOf({ searchParams }: URL): number {
  const limit = Number(searchParams.get('limit') ?? 100)
  return Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, shownMax) : 100
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
