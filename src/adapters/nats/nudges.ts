import type { NatsConnection } from 'nats'

export type NudgeTopic = 'events' | 'control'

/** Between two nudges of one topic, milliseconds: many commits in that time are one nudge. */
const quietMs = 5

/** `nx.nudge.<topic>` over core NATS: stored nowhere, lost when nobody listens. Whoever listens polls as well. */
export class Nudges {
  readonly #connection: NatsConnection
  readonly #listeners: Readonly<Record<NudgeTopic, Set<() => void>>> = {
    events: new Set(),
    control: new Set(),
  }
  readonly #quiet = new Map<NudgeTopic, { again: boolean; timer: NodeJS.Timeout }>()

  constructor(connection: NatsConnection) {
    this.#connection = connection
    for (const topic of ['events', 'control'] as const) {
      connection.subscribe(`nx.nudge.${topic}`, {
        callback: (error) => {
          if (error === null) for (const listener of this.#listeners[topic]) listener()
        },
      })
    }
  }

  send(topic: NudgeTopic): void {
    const quiet = this.#quiet.get(topic)
    if (quiet !== undefined) {
      quiet.again = true
      return
    }
    if (this.#connection.isClosed()) return
    this.#connection.publish(`nx.nudge.${topic}`)
    const timer = setTimeout(() => {
      const ended = this.#quiet.get(topic)
      this.#quiet.delete(topic)
      if (ended?.again === true) this.send(topic)
    }, quietMs)
    this.#quiet.set(topic, { again: false, timer })
  }

  /** Returns how to stop listening. */
  listen(topic: NudgeTopic, listener: () => void): () => void {
    const own = (): void => listener()
    this.#listeners[topic].add(own)
    return () => this.#listeners[topic].delete(own)
  }

  stop(): void {
    for (const { timer } of this.#quiet.values()) clearTimeout(timer)
    this.#quiet.clear()
    for (const listeners of Object.values(this.#listeners)) listeners.clear()
  }
}
