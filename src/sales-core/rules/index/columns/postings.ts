/** Some rules of a block, by position: one alone, a few in a list, many as bits. */
export type Postings = number | readonly number[] | Uint32Array

/** How many 32-bit words hold a bit for each of so many rules. */
export function wordsFor(size: number): number {
  return (size + 31) >>> 5
}

/** The smallest form of the positions, which must not repeat. `words`: the length of the block's bits. */
export function postingsOf(positions: readonly number[], words: number): Postings {
  const [only] = positions
  if (positions.length === 1 && only !== undefined) return only
  // A value that few rules name stays small. Bits are the quicker ones: they are joined where candidates are left only.
  return positions.length < words >> 2 ? [...positions] : bitsOf(positions, words)
}

export function bitsOf(positions: readonly number[], words: number): Uint32Array {
  const bits = new Uint32Array(words)
  for (let at = 0; at < positions.length; at += 1) setBit(bits, positions[at] as number)
  return bits
}

export function setBit(bits: Uint32Array, position: number): void {
  bits[position >>> 5] = (bits[position >>> 5] as number) | (1 << (position & 31))
}

/** `bits` with the postings set as well. */
export function addPostings(bits: Uint32Array, postings: Postings): void {
  if (typeof postings === 'number') setBit(bits, postings)
  else if (postings instanceof Uint32Array)
    for (let at = 0; at < postings.length; at += 1) bits[at] = (bits[at] as number) | (postings[at] as number)
  else for (const position of postings) setBit(bits, position)
}

/** `bits` with the postings cleared. */
export function removePostings(bits: Uint32Array, postings: Postings | undefined): void {
  if (postings === undefined) return
  if (typeof postings === 'number') clearBit(bits, postings)
  else if (postings instanceof Uint32Array)
    for (let at = 0; at < postings.length; at += 1)
      bits[at] = (bits[at] as number) & ~(postings[at] as number)
  else for (const position of postings) clearBit(bits, position)
}

function clearBit(bits: Uint32Array, position: number): void {
  bits[position >>> 5] = (bits[position >>> 5] as number) & ~(1 << (position & 31))
}
