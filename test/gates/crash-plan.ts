/** What a dead process is told, and never hears. */
class Crash extends Error {}

/**
 * `before` the call reached the database, `after` it was carried out and before its answer came, `within` its transaction, when all
 * is decided and nothing written.
 */
export type CrashMoment = 'before' | 'after' | 'within'

export interface PlannedDeath {
  /** The number of the call, from 0, over all lives. */
  readonly at: number
  readonly moment: CrashMoment
}

type Callback = (...given: unknown[]) => Promise<unknown>

/** Counts the calls of stores and kills the process at some of them: from then on it does nothing, until another is started. */
export class CrashPlan {
  /** Every call so far, and whether it came to anything: claims of nothing and polls in vain do not. */
  readonly calls: { readonly name: string; isVain: boolean }[] = []
  /** How often it killed. */
  deaths = 0
  isDead = false
  readonly #planned: ReadonlyMap<number, CrashMoment>

  constructor(...planned: readonly PlannedDeath[]) {
    this.#planned = new Map(planned.map(({ at, moment }) => [at, moment]))
  }

  /** Another process is started, with nothing in its memory. */
  restart(): void {
    this.isDead = false
  }

  /** A store every call of which is counted. Its methods return promises. */
  wrap<Store extends object>(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name)
        if (typeof member !== 'function') return member
        const work = async (given: unknown[]): Promise<unknown> =>
          await (member.apply(target, given) as Promise<unknown>)
        return async (...given: unknown[]) => await this.#call(String(name), work, given)
      },
    })
  }

  async #call(
    name: string,
    work: (given: unknown[]) => Promise<unknown>,
    given: unknown[],
  ): Promise<unknown> {
    if (this.isDead) throw new Crash()
    const call = { name, isVain: false }
    this.calls.push(call)
    const moment = this.#planned.get(this.calls.length - 1)
    if (moment === undefined) {
      const answer = await work(given)
      call.isVain = answer === 0 || (Array.isArray(answer) && answer.length === 0)
      return answer
    }
    if (moment === 'before') this.#die()
    if (moment === 'within')
      return await work(
        given.map((one) => (typeof one === 'function' ? this.#interrupted(one as Callback) : one)),
      )
    await work(given)
    this.#die()
  }

  /** Does its work, and then its process is gone: the transaction that it was called in is undone. */
  #interrupted(callback: Callback): Callback {
    return async (...given) => {
      await callback(...given)
      this.#die()
    }
  }

  #die(): never {
    this.deaths += 1
    this.isDead = true
    throw new Crash()
  }
}
