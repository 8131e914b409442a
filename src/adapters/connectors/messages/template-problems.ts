import type { DocumentSet, Problem } from '../../../control-plane/documents/document-kind.ts'
import type { TemplateSpec } from '../../../sales-core/kinds/outreach/template-shape.ts'
import { channelsOf, definitionOf } from '../documents/definition-of.ts'
import { standbysOf } from '../documents/failover.ts'
import type { ConnectorDefinition, OperationDefinition } from '../define-connector.ts'
import { integrationKind } from '../integration-kind.ts'

type ChannelSpec = TemplateSpec['channels'][string]

/** What the integration that serves a channel makes wrong with a Template's message for it. A channel that nobody serves is no matter. */
export function templateProblems({ channels }: TemplateSpec, set: DocumentSet): readonly Problem[] {
  const carriers = carriersOf(set)
  return Object.entries(channels).flatMap(([channel, message]) => {
    const carrier = carriers.get(channel)
    return carrier === undefined ? [] : messageProblems(channel, message, carrier)
  })
}

interface Carrier {
  readonly integration: string
  readonly definition: ConnectorDefinition
  readonly operation: OperationDefinition
}

const known = new WeakMap<DocumentSet, ReadonlyMap<string, Carrier>>()

/** Who carries the messages of a channel first. Made once per set. */
function carriersOf(set: DocumentSet): ReadonlyMap<string, Carrier> {
  const earlier = known.get(set)
  if (earlier !== undefined) return earlier
  const carriers = new Map<string, Carrier>()
  const integrations = set.ofKind(integrationKind).map(({ spec }) => spec)
  const standsBy = standbysOf(integrations)
  for (const spec of integrations) {
    const definition = definitionOf(spec)
    for (const [channel, name] of Object.entries(channelsOf(spec, definition))) {
      const operation = definition.operations[name]
      if (operation !== undefined && !carriers.has(channel) && !standsBy(spec.name, channel))
        carriers.set(channel, { integration: spec.name, definition, operation })
    }
  }
  known.set(set, carriers)
  return carriers
}

function messageProblems(
  channel: string,
  message: ChannelSpec,
  { integration, definition, operation }: Carrier,
): readonly Problem[] {
  const problems: Problem[] = []
  const code = 'NX-TEMPLATE-CHANNEL'
  const add = (member: string, text: string, fix: string): void => {
    problems.push({ code, message: text, fix, path: ['channels', channel, member] })
  }
  const said = { text: 'text', subject: 'subject', html: 'html', name: 'template_id' } as const
  for (const [member, input] of Object.entries(said)) {
    if (message[member as keyof typeof said] === undefined || takes(operation, input)) continue
    const what = member === 'name' ? 'no templates of a vendor' : `no ${member}`
    add(
      member,
      `${integration} (${definition.connector}), which serves ${channel}, takes ${what}`,
      'Remove it.',
    )
  }
  const { templates, vendor } = definition
  if (message.name === undefined || templates?.channels.includes(channel) !== true) return problems
  if (!new RegExp(`^(?:${templates.name})$`).test(message.name))
    add('name', `${vendor} has no templates of such a name`, `It must match ${templates.name}.`)
  if (templates.language && message.language === undefined)
    problems.push({
      code,
      message: `${vendor} keeps a template in languages, and none is named`,
      fix: 'Add language: en_US, or whichever it was approved in.',
      path: ['channels', channel, 'name'],
    })
  return problems
}

/** Does an operation read this member of its input, or the input whole? */
function takes(operation: OperationDefinition, member: string): boolean {
  const text = JSON.stringify(operation)
  return new RegExp(`\\binput\\.${member}\\b`).test(text) || /\binput\b(?!\.)/.test(text)
}
