/** One try of a call: how it ended, and what gives the token back where the answer says that it is over. */
export interface Tried<T> {
  readonly end: T
  /** null: there is nothing to be gained by a new token. */
  readonly expire: (() => Promise<void>) | null
}

/** The end of a call that no new token would change. */
export function final<T>(end: T): Tried<T> {
  return { end, expire: null }
}

/** Makes a call; where its token was over, once more with a new one. Throws what the tries throw. */
export async function withNewToken<T>(attempt: () => Promise<Tried<T>>): Promise<T> {
  const first = await attempt()
  if (first.expire === null) return first.end
  await first.expire()
  return (await attempt()).end
}
