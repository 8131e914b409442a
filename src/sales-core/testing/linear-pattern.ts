import { NxError } from '../../kernel/errors.ts'
import { parsePattern } from './parse-pattern.ts'
import type { PatternNode } from './parse-pattern.ts'

/** A regular expression that looks at each character once for each of its states: no pattern can hold up a test run. */
export interface LinearPattern {
  /** Does it match anywhere in the text? `^` and `$` tie it to the ends. */
  test(text: string): boolean
}

/** States that a pattern may have once its repetitions are written out. */
export const patternStatesMax = 2_000

type State =
  | { readonly kind: 'char'; readonly takes: (char: string) => boolean; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'start' | 'end'; next: number }
  | { readonly kind: 'match' }

const compiled = new Map<string, LinearPattern>()
const compiledMax = 500

/** Compiles a pattern: literals, `.`, classes, `\d \w \s` and their opposites, groups, `|`, `* + ? {m,n}`, `^ $`. Throws NX-TEST-PATTERN. */
export function linearPattern(source: string): LinearPattern {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const states: State[] = [{ kind: 'match' }]
  const first = build(parsePattern(source), 0, states, source)
  const pattern = { test: (text: string) => simulate(states, first, text) }
  if (compiled.size >= compiledMax) compiled.clear()
  compiled.set(source, pattern)
  return pattern
}

/** Adds the states of a node in front of `next`; returns where it begins. */
function build(node: PatternNode, next: number, states: State[], source: string): number {
  const add = (state: State): number => {
    if (states.length >= patternStatesMax)
      throw new NxError('invalid', 'NX-TEST-PATTERN', `The pattern ${source.slice(0, 60)} is too large`, {
        fix: 'Repeat fewer times.',
      })
    return states.push(state) - 1
  }
  switch (node.kind) {
    case 'char':
      return add({ kind: 'char', takes: node.takes, next })
    case 'start':
    case 'end':
      return add({ kind: node.kind, next })
    case 'sequence':
      return node.parts.reduceRight((after, part) => build(part, after, states, source), next)
    case 'choice':
      return node.parts
        .map((part) => build(part, next, states, source))
        .reduceRight((other, begin) => add({ kind: 'split', next: begin, other }))
    case 'repeat': {
      let begin = next
      if (node.max === null) {
        const loop = { kind: 'split' as const, next: 0, other: next }
        begin = add(loop)
        loop.next = build(node.part, begin, states, source)
      } else {
        for (let count = node.min; count < node.max; count += 1)
          begin = add({ kind: 'split', next: build(node.part, begin, states, source), other: next })
      }
      for (let count = 0; count < node.min; count += 1) begin = build(node.part, begin, states, source)
      return begin
    }
  }
}

function simulate(states: readonly State[], first: number, text: string): boolean {
  const chars = [...text]
  let current = new Set<number>()
  for (let index = 0; index <= chars.length; index += 1) {
    // A match may begin anywhere.
    if (enter(first, current, states, index, chars.length)) return true
    const following = new Set<number>()
    const char = chars[index]
    if (char === undefined) return false
    for (const at of current) {
      const state = states[at]
      if (
        state?.kind === 'char' &&
        state.takes(char) &&
        enter(state.next, following, states, index + 1, chars.length)
      )
        return true
    }
    current = following
  }
  return false
}

/** Adds a state and all that it reaches without a character; true when that is the match. */
function enter(
  from: number,
  into: Set<number>,
  states: readonly State[],
  index: number,
  length: number,
): boolean {
  const pending = [from]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (into.has(at)) continue
    into.add(at)
    const state = states[at]
    if (state?.kind === 'match') return true
    if (state?.kind === 'split') pending.push(state.other, state.next)
    else if ((state?.kind === 'start' && index === 0) || (state?.kind === 'end' && index === length))
      pending.push(state.next)
  }
  return false
}
