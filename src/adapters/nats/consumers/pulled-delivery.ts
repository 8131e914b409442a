/** A message that waits for its settlement. The first call decides; later ones do nothing. */
export interface Delivery {
  readonly subject: string
  ack(): void
  /** Deliver it again after `delayMs`. */
  retryLater(delayMs: number): void
  /** Never deliver it again, although nothing was done with it. */
  discard(): void
}

const ackBody = Buffer.from('+ACK')
const nakBody = Buffer.from('-NAK')
const termBody = Buffer.from('+TERM')

/** Who is told of a settlement: the delivery, its reply subject, the answer, and the life of the durable that it was of. */
export interface DeliveryOwner {
  settle(delivery: PulledDelivery, reply: string, body: Buffer, life: number): void
}

/** One that a pull consumer got; told once how it ends. */
export class PulledDelivery implements Delivery {
  readonly subject: string
  readonly #consumer: DeliveryOwner
  readonly #reply: string
  readonly #life: number
  #free: (() => void) | null

  constructor(consumer: DeliveryOwner, subject: string, reply: string, life: number, free: () => void) {
    this.#consumer = consumer
    this.subject = subject
    this.#reply = reply
    this.#life = life
    this.#free = free
  }

  ack(): void {
    this.#settle(ackBody)
  }

  discard(): void {
    this.#settle(termBody)
  }

  retryLater(delayMs: number): void {
    this.#settle(delayMs > 0 ? Buffer.from(`-NAK {"delay":${Math.round(delayMs) * 1_000_000}}`) : nakBody)
  }

  /** Its memory is free, whatever became of the durable meanwhile. */
  #settle(body: Buffer): void {
    this.#free?.()
    this.#free = null
    this.#consumer.settle(this, this.#reply, body, this.#life)
  }
}
