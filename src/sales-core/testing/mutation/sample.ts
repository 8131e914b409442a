/**
 * Draws at most `max` of a stream's items, each with the same chance, in the stream's order. The same seed and stream give the same
 * items. Holds `max` items however long the stream is.
 */
export function sample<T>(
  stream: Iterable<T>,
  max: number,
  seed: number,
): { readonly drawn: readonly T[]; readonly possible: number } {
  const random = seededRandom(seed)
  const held: Array<{ readonly item: T; readonly at: number }> = []
  let possible = 0
  for (const item of stream) {
    const at = possible
    possible += 1
    if (held.length < max) {
      held.push({ item, at })
      continue
    }
    const slot = Math.floor(random() * possible)
    if (slot < max) held[slot] = { item, at }
  }
  return { drawn: held.sort((a, b) => a.at - b.at).map(({ item }) => item), possible }
}

/** Mulberry32: numbers from 0 to 1 that follow from the seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
