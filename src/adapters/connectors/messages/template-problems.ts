import type { DocumentSet, Problem } from '../../../control-plane/documents/document-kind.ts'
import type { TemplateSpec } from '../../../sales-core/kinds/outreach/template-shape.ts'
import { channelsOf, definitionOf } from '../documents/definition-of.ts'
import { carriersOf } from '../documents/failover.ts'
import type { Carrier } from '../documents/failover.ts'
import { connectorFor } from '../compile-connector.ts'
import { integrationKind } from '../integration-kind.ts'
import type { IntegrationSpec } from '../integration-schema.ts'

type ChannelSpec = TemplateSpec['channels'][string]

/** What the integration that serves a channel makes wrong with a Template's message for it. A channel that nobody serves is no matter. */
export function templateProblems({ channels }: TemplateSpec, set: DocumentSet): readonly Problem[] {
  const carriers = carriersIn(set)
  return Object.entries(channels).flatMap(([channel, message]) => {
    const carrier = carriers.get(channel)
    return carrier === undefined ? [] : messageProblems(channel, message, carrier)
  })
}

const known = new WeakMap<DocumentSet, ReadonlyMap<string, Carrier<IntegrationSpec>>>()

/** Who carries the messages of a channel first. Made once per set. */
function carriersIn(set: DocumentSet): ReadonlyMap<string, Carrier<IntegrationSpec>> {
  const earlier = known.get(set)
  if (earlier !== undefined) return earlier
  const integrations = set.ofKind(integrationKind).map(({ spec }) => spec)
  const carriers = carriersOf(integrations, (spec) => channelsOf(spec, definitionOf(spec)))
  known.set(set, carriers)
  return carriers
}

function messageProblems(
  channel: string,
  message: ChannelSpec,
  carrier: Carrier<IntegrationSpec>,
): readonly Problem[] {
  const { operations, definition } = connectorFor(definitionOf(carrier.by))
  const operation = operations.get(carrier.operation)
  if (operation === undefined) return []
  const { inputs } = operation
  const problems: Problem[] = []
  const code = 'NX-TEMPLATE-CHANNEL'
  const add = (member: string, text: string, fix: string): void => {
    problems.push({ code, message: text, fix, path: ['channels', channel, member] })
  }
  const said = { text: 'text', subject: 'subject', html: 'html', name: 'template_id' } as const
  for (const [member, input] of Object.entries(said)) {
    const takes = inputs === null || inputs.has(input)
    if (message[member as keyof typeof said] === undefined || takes) continue
    const what = member === 'name' ? 'no templates of a vendor' : `no ${member}`
    add(
      member,
      `${carrier.by.name} (${definition.connector}), which serves ${channel}, takes ${what}`,
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
