/** More than this are sorted quicker by the library. */
const fewMost = 48

/** Sorts the first `count`, ascending: runs that are in order already, nearly always. */
export function sortHits(hits: Uint32Array, count: number): void {
  if (count > fewMost) {
    for (let at = 1; at < count; at += 1) {
      if ((hits[at - 1] as number) <= (hits[at] as number)) continue
      hits.subarray(0, count).sort()
      return
    }
    return
  }
  for (let at = 1; at < count; at += 1) {
    const hit = hits[at] as number
    let to = at
    for (; to > 0 && (hits[to - 1] as number) > hit; to -= 1) hits[to] = hits[to - 1] as number
    hits[to] = hit
  }
}
