import type { ConnectorDefinition } from '../../../adapters/connectors/define-connector.ts'
import { toLine } from '../../../adapters/connectors/templates/value-functions.ts'
import { isJsonObject, readPath } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ChannelMessage } from '../../../sales-core/templates/message-template.ts'
import type { FilledParam } from './fill-template.ts'
import type { PreviewFinding } from './preview-finding.ts'

const words = ['text', 'subject', 'html'] as const

/** What is odd about a message that could be filled: nothing in it, gaps, more than the channel takes. Pure. */
export function messageFindings(
  channel: string,
  message: ChannelMessage,
  input: JsonObject,
  params: readonly FilledParam[],
  scope: JsonObject,
  { messages = {}, vendor }: Pick<ConnectorDefinition, 'messages' | 'vendor'>,
): readonly PreviewFinding[] {
  const findings: PreviewFinding[] = []
  const add = (
    severity: 'error' | 'warning',
    code: string,
    text: string,
    path: string,
    fix: string,
  ): void => {
    findings.push({ severity, code: `NX-PREVIEW-${code}`, message: text, path, fix })
  }
  for (const { name, value } of params) {
    if (!isBlank(value)) continue
    // A vendor refuses what a text of one's own can do without.
    const refused = message.name !== undefined && message.params?.includes(name) === true
    const fix = 'Say what stands in: {{ … | default: "there" }} in what gives it.'
    add(refused ? 'error' : 'warning', 'EMPTY', `The parameter ${name} is empty`, `params.${name}`, fix)
  }
  const limits = messages[channel] ?? {}
  const room = { text: limits.textMax, subject: limits.subjectMax, html: undefined }
  for (const word of words) {
    const said = input[word]
    if (message[word] === undefined) continue
    const path = `channels.${channel}.${word}`
    if (isBlank(said ?? null))
      add('error', 'EMPTY', `The ${word} is empty`, path, 'Write something that is always there.')
    const max = room[word]
    if (max !== undefined && typeof said === 'string' && said.length > max) {
      const text = `The ${word} has ${said.length} characters; ${vendor} takes ${max}`
      add('error', 'LENGTH', text, path, 'Shorten it, or cut what is filled in: {{ … | truncate: 200 }}.')
    }
    for (const gap of gapsIn(message[word] ?? '', scope))
      add(
        'warning',
        'GAP',
        `${gap} is empty: nothing is filled in there`,
        path,
        `Write {{ ${gap} | default: … }}.`,
      )
  }
  return findings
}

function isBlank(value: JsonValue): boolean {
  return value === null || (typeof value === 'string' && toLine(value) === '')
}

/** Values that a text prints as they are and that are not there. Parameters were told of. */
function gapsIn(source: string, scope: JsonObject): readonly string[] {
  const printed = source.matchAll(/\{\{-?\s*([a-z_]\w*(?:\.\w+)+)\s*(\|[^}]*)?\}\}/g)
  const gaps = [...printed].flatMap(([, path = '', filters = '']) => {
    if (path.startsWith('params.') || /\|\s*default\b/.test(filters)) return []
    const [root = ''] = path.split('.')
    return isJsonObject(scope[root]) && isBlank(readPath(scope, path) ?? null) ? [path] : []
  })
  return [...new Set(gaps)]
}
