import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import { Failure } from '../values/value.ts'
import type { Value } from '../values/value.ts'
import type { Op } from '../cel/code.ts'
import type { Frame } from '../cel/frame.ts'

/** The longest pattern, characters. */
export const patternCharsMax = 256
/** Parts of a pattern with its counted repetitions written out: what makes compiling it and running it slow. */
export const patternPartsMax = 500

const require = createRequire(import.meta.url)
/** Patterns kept ready: rules come back with every reload of a configuration. */
const keptMax = 1_000
const kept = new Map<string, RE2JS>()

/** Compiles a pattern of RE2's syntax: it runs in time linear in the text. Yields why it cannot be used instead of throwing. */
export function linearRegex(pattern: string): RE2JS | Failure {
  const known = kept.get(pattern)
  if (known !== undefined) return known
  if (pattern.length > patternCharsMax)
    return new Failure(`The pattern has ${pattern.length} characters; ${patternCharsMax} are allowed`)
  if (writtenOut(pattern) > patternPartsMax)
    return new Failure(
      `The pattern has more than ${patternPartsMax} parts when its repetitions are written out`,
    )
  // Loaded by the first pattern: few configurations have one, and starting up is measured.
  const { RE2JS: engine } = require('re2js') as { readonly RE2JS: typeof RE2JS }
  try {
    const regex = engine.compile(pattern)
    if (kept.size >= keptMax) kept.clear()
    kept.set(pattern, regex)
    return regex
  } catch (error) {
    return new Failure(
      `The pattern cannot be read: ${error instanceof Error ? error.message.slice(0, 120) : ''}`,
    )
  }
}

/** Is the pattern found in the text? Pays for every character and every part of the pattern. */
export function found(frame: Frame, regex: RE2JS, text: string): boolean {
  frame.spendHeavy(1 + ((text.length * regex.programSize()) >> 1))
  return regex.test(text)
}

/** `text.matches("pattern")` */
export function matchesOp(text: Op, regex: RE2JS): Op {
  return (frame): Value => {
    const value = text(frame)
    if (typeof value === 'string') return found(frame, regex, value)
    if (value === null) return false
    return value instanceof Failure ? value : new Failure('Needs text for matches()')
  }
}

/** How many parts a pattern has when `{n,m}` is written out, nested ones multiplied. */
function writtenOut(pattern: string): number {
  const open: number[] = []
  let total = 0
  let last = 0
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at)
    const count = char === '{' ? /^\{(\d{1,4})(?:,(\d{0,4}))?\}/.exec(pattern.slice(at)) : null
    if (count !== null) {
      const times = Math.max(Number(count[1]), Number(count[2] ?? 0), 1)
      total += last * (times - 1)
      last *= times
      at += count[0].length - 1
    } else if (char === '(') {
      open.push(total)
      last = 0
    } else if (char === ')') {
      last = total - (open.pop() ?? 0)
    } else if (!'*+?|^$'.includes(char)) {
      if (char === '\\') at += 1
      else if (char === '[') at = classEnd(pattern, at)
      total += 1
      last = 1
    }
  }
  return total
}

function classEnd(pattern: string, start: number): number {
  let at = start + 1
  if (pattern.charAt(at) === '^') at += 1
  if (pattern.charAt(at) === ']') at += 1
  while (at < pattern.length && pattern.charAt(at) !== ']') at += pattern.charAt(at) === '\\' ? 2 : 1
  return at
}
