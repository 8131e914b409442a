import { editDistance, nearestName } from '../../kernel/nearest-name.ts'

/** A name to write in place of another. */
export interface Replacement {
  readonly from: string
  readonly to: string
}

/**
 * The replacement that `config validate --fix` may make: the near name, when no other one is as near and it is so near that it can only be
 * a slip of the fingers. `header` for `bearer` is another thought, and a person's to correct.
 */
export function replacementFor(name: string, candidates: Iterable<string>): Replacement | undefined {
  const known = [...new Set(candidates)]
  const to = nearestName(name, known)
  if (to === null || distance(name, to) > (name.length >= 8 ? 2 : 1)) return undefined
  const second = nearestName(
    name,
    known.filter((candidate) => candidate !== to),
  )
  const isUnique = second === null || distance(name, to) < distance(name, second)
  return isUnique ? { from: name, to } : undefined
}

function distance(a: string, b: string): number {
  return editDistance(a.toLowerCase(), b.toLowerCase())
}
