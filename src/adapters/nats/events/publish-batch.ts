import type { EventPack } from './event-packs.ts'

/** `stored`, or why not. */
export type PublishOutcome = 'stored' | string

/** Sends one pack; returns the token under which its acknowledgement is waited for. */
export type SendPack = (pack: EventPack, settle: (outcome: PublishOutcome) => void) => string

/** One call's packs on their way: in flight together, except that an entity's later events wait for the earlier; stops at the first failure. */
export class PublishBatch {
  readonly #packs: readonly EventPack[]
  readonly #send: SendPack
  readonly #limits: { inFlightMax: number; ackMs: number }
  readonly #stored: boolean[]
  /** Packs that wait for nobody, in order. */
  readonly #ready: number[] = []
  /** For each pack those that come after it, and how many each still waits for. */
  readonly #followers = new Map<number, number[]>()
  readonly #waitsFor: number[]
  readonly #inFlight = new Map<number, string>()
  #failure: string | null = null
  #timer: NodeJS.Timeout | null = null
  #heard = true
  #finish: () => void = () => {}

  constructor(packs: readonly EventPack[], send: SendPack, limits: { inFlightMax: number; ackMs: number }) {
    this.#packs = packs
    this.#send = send
    this.#limits = limits
    const events = packs.reduce((sum, pack) => sum + pack.events.length, 0)
    this.#stored = new Array<boolean>(events).fill(false)
    this.#waitsFor = packs.map(({ after }) => after.size)
    for (const [place, { after }] of packs.entries()) {
      if (after.size === 0) this.#ready.push(place)
      for (const before of after) this.#followers.set(before, [...(this.#followers.get(before) ?? []), place])
    }
  }

  /** Acknowledgements that were not waited for. */
  get abandoned(): Iterable<string> {
    return this.#inFlight.values()
  }

  /** Resolves with how many of the leading events are stored, and why not all are. */
  async run(): Promise<{ stored: number; failure: string | null }> {
    await new Promise<void>((resolve) => {
      this.#finish = resolve
      this.#timer = setInterval(() => this.#checkSilence(), this.#limits.ackMs)
      this.#fill()
    })
    if (this.#timer !== null) clearInterval(this.#timer)
    const gap = this.#stored.indexOf(false)
    return { stored: gap === -1 ? this.#stored.length : gap, failure: this.#failure }
  }

  #fill(): void {
    while (this.#failure === null && this.#inFlight.size < this.#limits.inFlightMax) {
      const place = this.#ready.shift()
      if (place === undefined) break
      const pack = this.#packs[place] as EventPack
      this.#inFlight.set(
        place,
        this.#send(pack, (outcome) => this.#settled(place, outcome)),
      )
    }
    if (this.#inFlight.size === 0) this.#finish()
  }

  #settled(place: number, outcome: PublishOutcome): void {
    if (!this.#inFlight.delete(place)) return
    this.#heard = true
    if (outcome === 'stored') {
      for (const index of this.#packs[place]?.indexes ?? []) this.#stored[index] = true
      for (const follower of this.#followers.get(place) ?? []) {
        this.#waitsFor[follower] = (this.#waitsFor[follower] ?? 1) - 1
        if (this.#waitsFor[follower] === 0) this.#ready.push(follower)
      }
    } else {
      this.#failure ??= outcome
    }
    this.#fill()
  }

  #checkSilence(): void {
    if (this.#heard) {
      this.#heard = false
      return
    }
    this.#failure ??= `no acknowledgement for ${this.#limits.ackMs} ms`
    this.#finish()
  }
}
