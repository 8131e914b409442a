import { parseArgs } from 'node:util'
import { NxError } from '../src/kernel/errors.ts'

/** What a whole number given as an option may be, and is when it is not given. */
export interface NumberRange {
  readonly from: number
  readonly to: number
  readonly otherwise: number
}

export interface BenchOptions<Name extends string> {
  readonly numbers: Readonly<Record<Name, number>>
  /** Names of the contestants to run; null runs all. */
  readonly only: readonly string[] | null
  /** Print the results as one JSON document on stdout instead of the table. */
  readonly json: boolean
}

/** The words after `npm run bench -- <bench>`. Throws NX-BENCH-USAGE. */
export function benchOptions<Name extends string>(
  bench: string,
  ranges: Readonly<Record<Name, NumberRange>>,
  contestants: readonly string[],
  words: readonly string[],
): BenchOptions<Name> {
  const names = Object.keys(ranges) as Name[]
  const wrong = (title: string): NxError => {
    const flags = names.map((name) => `[--${name} ${ranges[name].otherwise}]`).join(' ')
    return new NxError('usage', 'NX-BENCH-USAGE', title, {
      fix: `npm run bench -- ${bench} ${flags} [--only NAME,NAME] [--json]`,
    })
  }
  const given = parsed(names, words, wrong)
  const number = (name: Name): number => {
    const { from, to, otherwise } = ranges[name]
    const text = given[name]
    if (text === undefined) return otherwise
    const value = Number(text)
    if (!Number.isInteger(value) || value < from || value > to)
      throw wrong(`--${name} must be a whole number from ${from} to ${to}, not '${String(text)}'`)
    return value
  }
  const only = typeof given['only'] === 'string' ? given['only'].split(',') : null
  const unknown = only?.find((name) => !contestants.includes(name))
  if (unknown !== undefined) throw wrong(`--only knows ${contestants.join(', ')}, not '${unknown}'`)
  const numbers = Object.fromEntries(names.map((name) => [name, number(name)])) as Record<Name, number>
  return { numbers, only, json: given['json'] === true }
}

function parsed(
  names: readonly string[],
  words: readonly string[],
  wrong: (title: string) => NxError,
): Readonly<Record<string, string | boolean | undefined>> {
  const texts = Object.fromEntries([...names, 'only'].map((name) => [name, { type: 'string' as const }]))
  try {
    return parseArgs({ args: [...words], options: { ...texts, json: { type: 'boolean' } } }).values
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error))
  }
}
