import { NxError } from '../../kernel/errors.ts'
import { editDistance, nearestName } from '../../kernel/nearest-name.ts'
import { didYouMean } from './usage-error.ts'

/** Words that people try, and the command they want. */
const synonyms: Readonly<Record<string, string>> = {
  migrate: 'db migrate',
  ls: 'list',
  get: 'show',
  add: 'create',
  new: 'create',
  describe: 'show',
  start: 'daemon run',
  serve: 'daemon run',
  apply: 'config apply',
  validate: 'config validate',
  publish: 'event publish',
  tail: 'event tail',
  trace: 'event trace',
}

/**
 * NX-COMMAND-UNKNOWN with near names. `words` are the call's words before its first flag; `commands` all ids, words
 * separated by blanks; `topics` their first words.
 */
export function unknownCommand(
  words: readonly string[],
  commands: readonly string[],
  topics: readonly string[],
): NxError {
  const isTopic = words.length === 1 && topics.includes(words[0] ?? '')
  const typed = words.join(' ')
  const suggestions = isTopic
    ? commands.filter((id) => id.startsWith(`${typed} `))
    : suggest(words, commands, topics)
  return new NxError(
    'usage',
    'NX-COMMAND-UNKNOWN',
    isTopic ? `'${typed}' needs a command` : `There is no command '${typed}'`,
    {
      ...(suggestions.length === 0
        ? {}
        : { detail: isTopic ? suggestions.join(', ') : didYouMean(suggestions.slice(0, 8)).join('') }),
      fix:
        suggestions.length === 1
          ? `neuronx ${suggestions[0]}`
          : `neuronx ${isTopic ? `${typed} ` : ''}--help`,
    },
  )
}

function suggest(
  words: readonly string[],
  commands: readonly string[],
  topics: readonly string[],
): readonly string[] {
  const translated = words.map((word) => synonyms[word] ?? word).join(' ')
  if (commands.includes(translated)) return [translated]
  // Only as many words as the command has: what follows may be its arguments.
  const near = commands
    .map((id) => ({ id, typed: words.slice(0, id.split(' ').length).join(' ') }))
    .filter(({ id, typed }) => nearestName(typed, [id]) !== null)
    .sort((a, b) => editDistance(a.typed, a.id) - editDistance(b.typed, b.id) || (a.id < b.id ? -1 : 1))
  if (near.length > 0) return near.slice(0, 3).map(({ id }) => id)
  const first = words[0] ?? ''
  const topic = topics.includes(first) ? first : nearestName(first, topics)
  if (topic !== null) return commands.filter((id) => id.startsWith(`${topic} `) || id === topic)
  const verb = synonyms[words.at(-1) ?? ''] ?? words.at(-1) ?? ''
  return commands.filter((id) => id.split(' ').at(-1) === verb).slice(0, 3)
}
