import { seededRandom } from '../../../kernel/seeded-random.ts'

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
