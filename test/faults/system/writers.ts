import { ghlContactWebhook, signGhlWebhook } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import type { GhlTestKeys } from '../../../src/adapters/connectors/fakes/ghl-webhooks.ts'
import type { WriterOperation } from '../check/history.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'

/** What writers need to know of the system: where it can be reached now, and as whom. */
export interface WriterWorld {
  readonly urls: () => readonly string[]
  readonly token: string
  readonly tenant: string
  readonly keys: GhlTestKeys
  readonly nowMs: () => number
  readonly wallClock: () => Date
}

export interface WriterOptions {
  readonly name: string
  readonly random: SeededRandom
  /** Events a second, about. */
  readonly perSecond: number
  /** Leads that events are about. */
  readonly leads: number
  /** Share of requests that are sent again as they were. */
  readonly repeats: number
}

type Planned = Pick<WriterOperation, 'counter' | 'subject' | 'asks'>

interface Request {
  readonly via: 'event' | 'webhook'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly planned: readonly Planned[]
}

const answerMsMax = 6_000
const batchMax = 8
const rememberedMax = 200
/** Of these codes the connection was never made, so nothing was sent. */
const neverSent = new Set(['ECONNREFUSED'])

/** One client of the gateway. Every request is written down when it is made and when it ends, however it ends. */
export class Writer {
  readonly operations: WriterOperation[] = []
  readonly #world: WriterWorld
  readonly #options: WriterOptions
  readonly #sent: Request[] = []
  #next = 1
  #running: Promise<void> | null = null
  #stopped = false

  constructor(world: WriterWorld, options: WriterOptions) {
    this.#world = world
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  /** Sends the last requests again as they were, so many times over: a producer gone wild. Returns the requests. */
  async storm(requests: number): Promise<number> {
    let sent = 0
    for (const request of this.#sent.slice(-requests)) {
      await this.#send(request)
      sent += 1
    }
    return sent
  }

  async #run(): Promise<void> {
    const { random, perSecond, repeats } = this.#options
    while (!this.#stopped) {
      const repeated = random.chance(repeats) && this.#sent.length > 0
      const request = repeated ? random.pick(this.#sent) : this.#compose()
      await this.#send(request)
      await pause((request.planned.length / perSecond) * 1_000 * (0.5 + random.next()))
    }
  }

  #compose(): Request {
    const request = this.#options.random.chance(0.15) ? this.#webhook() : this.#events()
    this.#sent.push(request)
    if (this.#sent.length > rememberedMax) this.#sent.shift()
    return request
  }

  #counter(): string {
    return `${this.#options.name}-${this.#next++}`
  }

  #events(): Request {
    const { random, leads, name } = this.#options
    const planned = Array.from({ length: random.whole(1, batchMax) }, (): Planned => ({
      counter: this.#counter(),
      subject: `lead/${random.whole(1, leads)}`,
      asks: { keyed: random.chance(0.4), bare: random.chance(0.08), echo: random.chance(0.1) },
    }))
    const events = planned.map(({ counter, subject, asks }) => ({
      specversion: '1.0',
      id: counter,
      source: `writer/${name}`,
      type: 'lead.touched',
      subject,
      data: { counter, ...asks },
    }))
    return {
      via: 'event',
      path: '/v1/events',
      headers: {
        'content-type': 'application/cloudevents-batch+json',
        authorization: `Bearer ${this.#world.token}`,
      },
      body: JSON.stringify(events),
      planned,
    }
  }

  #webhook(): Request {
    const { random, leads } = this.#options
    const counter = this.#counter()
    const id = String(random.whole(1, leads))
    const payload = {
      ...ghlContactWebhook(
        'ContactUpdate',
        { id, firstName: 'Ada', lastName: 'L' },
        { locationId: 'fault-location', webhookId: counter, sentAt: this.#world.wallClock() },
      ),
      companyName: counter,
    }
    const { headers, body } = signGhlWebhook(payload, this.#world.keys)
    return {
      via: 'webhook',
      path: `/v1/hooks/${this.#world.tenant}/ghl`,
      headers,
      body,
      planned: [{ counter, subject: `lead/${id}`, asks: { keyed: true, bare: false, echo: false } }],
    }
  }

  async #send(request: Request): Promise<void> {
    const urls = this.#world.urls()
    if (urls.length === 0) {
      await pause(50)
      return
    }
    const invokedMs = Math.round(this.#world.nowMs())
    const ended = await ask(`${this.#options.random.pick(urls)}${request.path}`, request)
    const endedMs = Math.round(this.#world.nowMs())
    for (const [index, planned] of request.planned.entries()) {
      const answered = ended.events?.[index]
      this.operations.push({
        ...planned,
        writer: this.#options.name,
        via: request.via,
        invokedMs,
        endedMs,
        end: ended.end,
        eventId: answered?.id ?? null,
        duplicate: answered?.duplicate ?? false,
        detail: ended.detail,
      })
    }
  }
}

interface Ended {
  readonly end: WriterOperation['end']
  readonly detail: string | null
  readonly events: readonly { readonly id: string; readonly duplicate: boolean }[] | null
}

async function ask(url: string, { headers, body }: Request): Promise<Ended> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(answerMsMax),
    })
    const text = await answer.text()
    if (answer.status === 202) return { end: 'ok', detail: null, events: eventsOf(text) }
    const detail = `${answer.status} ${/NX-[A-Z-]+/.exec(text)?.[0] ?? ''}`
    // Trouble with the database may follow a commit whose answer was lost, whatever status a vendor is told: it proves nothing.
    const proves = answer.status < 500 && answer.status !== 408 && !detail.includes('NX-DB')
    return { end: proves ? 'fail' : 'unknown', detail, events: null }
  } catch (error) {
    const code = codeOf(error)
    return { end: neverSent.has(code) ? 'fail' : 'unknown', detail: code, events: null }
  }
}

function eventsOf(text: string): Ended['events'] {
  const body = JSON.parse(text) as { accepted?: { id: string; duplicate?: boolean }[] }
  return (body.accepted ?? []).map(({ id, duplicate = false }) => ({ id, duplicate }))
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const { code, name } = cause as { code?: unknown; name?: string }
  // A timeout is a DOMException, whose code is a number that says nothing.
  return typeof code === 'string' ? code : (name ?? 'unknown')
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
