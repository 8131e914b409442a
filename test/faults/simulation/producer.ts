import { digestOf } from '../../../src/kernel/digest.ts'
import { errorText, NxError } from '../../../src/kernel/errors.ts'
import { derivedId } from '../../../src/kernel/ids.ts'
import type { IncomingEvent, IntakeRequest } from '../../../src/messaging/intake/event-intake.ts'
import { acmeId, someEvent } from '../../support/events.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import type { SimulatedDaemon } from './world/simulated-daemon.ts'
import type { SimulatedDatabase } from './world/simulated-database.ts'
import { epochMs, SimulatedCrash } from './world/simulated-process.ts'
import { asOwner } from './world/virtual-time.ts'
import type { VirtualTime } from './world/virtual-time.ts'

/** What a producer knows about its requests: acknowledged ones are promises. */
export interface ProducerLog {
  /** External ids of events that were answered with 202. */
  readonly accepted: Set<string>
  readonly invoked: Set<string>
  unknown: number
  refused: number
}

export interface ProducerOptions {
  readonly time: VirtualTime
  readonly random: SeededRandom
  readonly database: SimulatedDatabase
  readonly daemons: () => readonly SimulatedDaemon[]
  readonly entities: number
  /** Types of the events that it sends. */
  readonly types: readonly string[]
  readonly violated: (what: string) => void
}

const triesMax = 6

/** Sends requests to whichever daemon is there, and repeats what was not acknowledged, under the same ids. */
export class Producer {
  readonly log: ProducerLog = { accepted: new Set(), invoked: new Set(), unknown: 0, refused: 0 }
  /** Share of requests that are sent twice at the same time. */
  repeats = 0
  waiting = 0
  readonly #options: ProducerOptions
  #events = 0

  constructor(options: ProducerOptions) {
    this.#options = options
  }

  /** Sends `requests` requests within `untilMs`. */
  begin(requests: number, untilMs: number): void {
    const { time, random } = this.#options
    for (let count = 0; count < requests; count += 1) {
      const drawn = this.#request()
      const atMs = random.between(2, untilMs)
      const request = happenedAt(drawn, new Date(epochMs + atMs).toISOString())
      for (let copies = random.chance(this.repeats) ? 2 : 1; copies > 0; copies -= 1) {
        this.waiting += 1
        time.schedule(atMs, () => void this.#send(request), undefined)
      }
    }
  }

  /** Sends a request of somebody else's now. */
  post(request: IntakeRequest): void {
    this.waiting += 1
    void this.#send(request)
  }

  #request(): IntakeRequest {
    const { random, entities, types } = this.#options
    const events = Array.from({ length: random.whole(1, 3) }, (): IncomingEvent => {
      this.#events += 1
      const externalId = `p${this.#events}`
      const event = someEvent({
        id: derivedId('simulated', externalId),
        externalId,
        type: random.pick(types),
        subject: { kind: 'lead', id: String(random.whole(1, entities)) },
        data: {},
      })
      return { event, digest: digestOf(event.externalId), horizonMs: 86_400_000, onConflict: 'conflict' }
    })
    return { tenantId: acmeId, events, deadLetters: [] }
  }

  async #send(request: IntakeRequest): Promise<void> {
    const { time, random, daemons } = this.#options
    const ids = request.events.map(({ event }) => event.externalId)
    for (const id of ids) this.log.invoked.add(id)
    for (let tries = 0; tries < triesMax; tries += 1) {
      const running = daemons().filter(({ process, takes }) => takes && process.state !== 'dead')
      if (running.length > 0) {
        const answer = await this.#ask(random.pick(running), request)
        if (answer === 'accepted') {
          this.#promised(ids)
          break
        }
        if (answer === 'refused') this.log.refused += 1
        else this.log.unknown += 1
        if (answer === 'unknown' && random.chance(0.2)) break
      }
      await time.delay(random.between(100, 4_000), undefined)
    }
    this.waiting -= 1
  }

  /** A connection that breaks leaves it open what became of the request. */
  async #ask(daemon: SimulatedDaemon, request: IntakeRequest): Promise<'accepted' | 'refused' | 'unknown'> {
    const { time } = this.#options
    return await asOwner(
      undefined,
      async () =>
        await new Promise<'accepted' | 'refused' | 'unknown'>((resolve) => {
          daemon.process.onDeath(() => resolve('unknown'))
          time.schedule(30_000, () => resolve('unknown'), undefined)
          daemon.process.run(() => {
            daemon.intake.accept(request).then(
              // What a process says in the instant of its death is not heard any more.
              ({ state }) =>
                daemon.process.state !== 'dead' && resolve(state === 'accepted' ? state : 'refused'),
              (error: unknown) => resolve(isRefusal(error) ? 'refused' : 'unknown'),
            )
          })
        }),
    )
  }

  /** 202 means committed, at this moment and not a little later. */
  #promised(ids: readonly string[]): void {
    const { database, violated } = this.#options
    const logged = new Set(database.log.rows.map(({ event }) => event.externalId))
    for (const id of ids) {
      this.log.accepted.add(id)
      if (!logged.has(id)) violated(`I1: ${id} was acknowledged and is not committed`)
    }
  }
}

function happenedAt(request: IntakeRequest, time: string): IntakeRequest {
  return { ...request, events: request.events.map((one) => ({ ...one, event: { ...one.event, time } })) }
}

function isRefusal(error: unknown): boolean {
  if (error instanceof SimulatedCrash) return false
  if (error instanceof NxError) return error.code === 'NX-INTAKE-BUSY' || error.code === 'NX-INTAKE-LATE'
  throw new Error(`The intake threw what it should not: ${errorText(error)}`, { cause: error })
}
