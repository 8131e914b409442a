import type { PublishStop } from '../../../messaging/bus/publication.ts'
import type { EventPack } from './event-packs.ts'

/** `stored`, or why not. */
export type PublishOutcome = 'stored' | PublishStop

/** Sends one pack; returns the token under which its acknowledgement is waited for. */
export type SendPack = (pack: EventPack, settle: (outcome: PublishOutcome) => void) => string

/** What became of a batch. */
export interface BatchResult {
  readonly stored: ReadonlySet<EventPack>
  /** The pack at which each shard stopped, and why. */
  readonly refused: ReadonlyMap<number, { readonly pack: EventPack; readonly stop: PublishStop }>
  /** Why nothing more was sent; null: nothing kept it. */
  readonly away: string | null
}

interface Waiting {
  readonly token: string
  /** The how-manieth it was that was sent. */
  readonly order: number
}

/**
 * One call's packs on their way: in flight together, except that an entity's later events wait for the earlier. A pack that is
 * refused stops its shard; a bus that does not answer stops all.
 */
export class PublishBatch {
  readonly #packs: readonly EventPack[]
  readonly #send: SendPack
  readonly #limits: { inFlightMax: number; ackMs: number }
  readonly #stored = new Set<EventPack>()
  readonly #refused = new Map<number, { pack: EventPack; stop: PublishStop }>()
  /** Packs that wait for nobody, in order. */
  readonly #ready: number[] = []
  /** For each pack those that come after it, and how many each still waits for. */
  readonly #followers = new Map<number, number[]>()
  readonly #waitsFor: number[]
  readonly #inFlight = new Map<number, Waiting>()
  #sent = 0
  /** The last sent of those that were answered. */
  #answered = 0
  #away: string | null = null
  #timer: NodeJS.Timeout | null = null
  #heard = true
  #finish: () => void = () => {}

  constructor(packs: readonly EventPack[], send: SendPack, limits: { inFlightMax: number; ackMs: number }) {
    this.#packs = packs
    this.#send = send
    this.#limits = limits
    this.#waitsFor = packs.map(({ after }) => after.size)
    for (const [place, { after }] of packs.entries()) {
      if (after.size === 0) this.#ready.push(place)
      for (const before of after) this.#followers.set(before, [...(this.#followers.get(before) ?? []), place])
    }
  }

  /** Acknowledgements that were not waited for. */
  get abandoned(): readonly string[] {
    return [...this.#inFlight.values()].map(({ token }) => token)
  }

  async run(): Promise<BatchResult> {
    await new Promise<void>((resolve) => {
      this.#finish = resolve
      this.#timer = setInterval(() => this.#checkSilence(), this.#limits.ackMs)
      this.#fill()
    })
    if (this.#timer !== null) clearInterval(this.#timer)
    return { stored: this.#stored, refused: this.#refused, away: this.#away }
  }

  #fill(): void {
    while (this.#away === null && this.#inFlight.size < this.#limits.inFlightMax) {
      const place = this.#ready.shift()
      if (place === undefined) break
      const pack = this.#packs[place] as EventPack
      if (this.#standsBehindRefused(pack)) continue
      this.#sent += 1
      const order = this.#sent
      const token = this.#send(pack, (outcome) => this.#settled(place, outcome))
      this.#inFlight.set(place, { token, order })
    }
    if (this.#inFlight.size === 0) this.#finish()
  }

  #settled(place: number, outcome: PublishOutcome): void {
    const pack = this.#packs[place]
    const waiting = this.#inFlight.get(place)
    if (waiting === undefined || pack === undefined) return
    this.#inFlight.delete(place)
    this.#heard = true
    if (outcome === 'stored') {
      this.#answered = Math.max(this.#answered, waiting.order)
      this.#stored.add(pack)
      for (const follower of this.#followers.get(place) ?? []) {
        this.#waitsFor[follower] = (this.#waitsFor[follower] ?? 1) - 1
        if (this.#waitsFor[follower] === 0) this.#ready.push(follower)
      }
    } else if (outcome.kind === 'refused') this.#refuse(place, outcome)
    else this.#away ??= outcome.why
    this.#fill()
  }

  /** What stands before it is still sent: the shard comes as far as it can. */
  #standsBehindRefused(pack: EventPack): boolean {
    const refused = this.#refused.get(pack.shard)
    return refused !== undefined && firstOf(refused.pack) < firstOf(pack)
  }

  #refuse(place: number, stop: PublishStop): void {
    const pack = this.#packs[place]
    if (pack !== undefined && !this.#standsBehindRefused(pack)) this.#refused.set(pack.shard, { pack, stop })
  }

  /** Answers come in the order of what was sent: one that was overtaken will not come (its subject is not ours to publish to). */
  #checkSilence(): void {
    if (this.#heard) {
      this.#heard = false
      return
    }
    const why = `no acknowledgement for ${this.#limits.ackMs} ms`
    const overtaken = [...this.#inFlight].filter(([, { order }]) => order < this.#answered)
    for (const [place] of overtaken) this.#refuse(place, { kind: 'refused', why })
    if (overtaken.length < this.#inFlight.size) this.#away ??= why
    this.#finish()
  }
}

function firstOf({ indexes }: EventPack): number {
  return indexes[0] ?? 0
}
