/** Names longer than this are never suggested nor compared: the distance costs length times length. */
const comparedCharsMax = 128

/**
 * How many single-character edits (insert, delete, replace, swap of neighbours) lead from `a` to `b`: the Damerau-Levenshtein
 * distance in its optimal-string-alignment form. Compares UTF-16 units, case included.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

/**
 * The candidate that was probably meant by `name`: same letters in another case or with `-`, `_` and `.` exchanged, else the
 * one with the fewest edits, at most a third of the name's length. Ties go to the first in alphabetical order.
 * Null when nothing is near.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  if (name === '' || name.length > comparedCharsMax) return null
  const limit = name.length < 3 ? 0 : Math.floor(name.length / 3)
  let best: { name: string; distance: number } | null = null
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue
    const distance = loose(candidate) === loose(name) ? 0 : editDistance(loose(name), loose(candidate))
    if (distance > limit) continue
    if (best === null || distance < best.distance || (distance === best.distance && candidate < best.name)) {
      best = { name: candidate, distance }
    }
  }
  return best?.name ?? null
}

function loose(name: string): string {
  return name.toLowerCase().replaceAll(/[_.]/g, '-')
}
