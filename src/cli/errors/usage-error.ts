import { stripVTControlCharacters } from 'node:util'
import { NxError, errorText } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'

/**
 * What the parser found wrong with a command's words, as NX-USAGE: its message without the help text and the parser's
 * state, near names for flags that do not exist, and the command that shows the help.
 */
export function usageError(error: unknown, commandWords: string, flagNames: readonly string[]): NxError {
  if (error instanceof NxError) return error
  const text = stripVTControlCharacters(errorText(error)).replace(/\n?See more help with --help\s*$/, '')
  // The parser's heading over a list says nothing; the first of the list is the title.
  const lines = text
    .trim()
    .replace(/^The following errors? occurred:?\s*/, '')
    .split('\n')
  const [first = '', ...rest] = lines
  const title = first === '' ? 'The command was not understood' : first
  const suggestions = unknownFlags(error).flatMap(
    (flag) => nearestName(flag.replace(/=.*/s, ''), flagNames) ?? [],
  )
  const detail = [
    ...rest.map((line) => line.trim()).filter((line) => line !== ''),
    ...didYouMean(suggestions),
  ].join('\n')
  return new NxError(
    'usage',
    'NX-USAGE',
    title
      .replace('Nonexistent flag', 'There is no flag')
      .replace(/^Parsing (--\S+)\s*$/, '$1 cannot be this')
      .replace(/:$/, ''),
    {
      ...(detail === '' ? {} : { detail }),
      fix: `neuronx ${commandWords} --help`,
    },
  )
}

/** `['Did you mean tenant list?']`, or nothing. */
export function didYouMean(suggestions: readonly string[]): readonly string[] {
  return suggestions.length === 0 ? [] : [`Did you mean ${suggestions.join(' or ')}?`]
}

function unknownFlags(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.constructor.name !== 'NonExistentFlagsError') return []
  const flags: unknown = 'flags' in error ? error.flags : []
  return Array.isArray(flags) ? flags.filter((flag) => typeof flag === 'string') : []
}
