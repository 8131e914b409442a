import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { messageEvents } from '../../policies/message-events.ts'
import type { Emission, RuleFacts } from '../rules/rule-facts.ts'

/** An operation of an integration, as far as events come back of it. */
export interface KnownOperation {
  readonly integration: string
  readonly operation: string
  /** Types of events that its vendor sends because of it: its own change, seen from outside. */
  readonly echoes: readonly string[]
}

/** What the integrations of a set do, as data. null: nobody has it. */
export interface EchoCatalog {
  /** By `integration.operation`. */
  operation(name: string): KnownOperation | null
  /** Of those that serve the channel; of several the first. */
  channel(channel: string): KnownOperation | null
}

export type EchoesOf = (set: DocumentSet) => EchoCatalog

/** Without integrations nothing is known of what comes back but results. */
export const noEchoes: EchoCatalog = { operation: () => null, channel: () => null }

const commandResults = ['command.succeeded', 'command.failed', 'command.cancelled']
const messageResults = messageEvents.map(({ type }) => type)

/** The rule with what comes back of its calls and messages: their results, and what the vendor tells of its own change. */
export function withEchoes(facts: RuleFacts, catalog: EchoCatalog): RuleFacts {
  const back = [...facts.rule.then.entries()].flatMap(([index, { call, send, notify }]) => {
    if (call !== undefined) return callBack(facts, index, call, catalog.operation(call))
    const channel = send?.channel ?? notify?.channel
    if (channel === undefined) return []
    return sendBack(facts, index, send === undefined ? 'notify' : 'send', channel, catalog.channel(channel))
  })
  return back.length === 0 ? facts : { ...facts, emissions: [...facts.emissions, ...back] }
}

function callBack(
  facts: RuleFacts,
  actionIndex: number,
  call: string,
  known: KnownOperation | null,
): readonly Emission[] {
  const via = (type: string) => ({ path: ['call'], message: `calls ${call}, which comes back as ${type}` })
  return [
    ...comeBack(facts, actionIndex, commandResults, known, {}, via),
    ...echoed(known, actionIndex, {}, via),
  ]
}

function sendBack(
  facts: RuleFacts,
  actionIndex: number,
  verb: 'send' | 'notify',
  channel: string,
  known: KnownOperation | null,
): readonly Emission[] {
  const message = verb === 'send' ? 'sends a message' : 'notifies'
  const via = (type: string) => ({
    path: [verb, 'channel'],
    message: `${message} over ${channel}, which comes back as ${type}`,
  })
  return [
    ...comeBack(facts, actionIndex, commandResults, known, {}, via),
    ...comeBack(facts, actionIndex, messageResults, known, { channel }, via),
    ...echoed(known, actionIndex, { channel }, via),
  ]
}

type Via = (type: string) => NonNullable<Emission['via']>
type Data = Readonly<Record<string, JsonValue>>

/** Results carry what they are results of: a rule may tell its own from others'. */
function comeBack(
  { ref }: RuleFacts,
  actionIndex: number,
  types: readonly string[],
  known: KnownOperation | null,
  data: Data,
  via: Via,
): readonly Emission[] {
  const of =
    known === null
      ? data
      : { ...data, integration: known.integration, operation: known.operation, cause: causeOf(ref) }
  return types.map((type) => ({ type, data: of, isOfSameEntity: true, actionIndex, via: via(type) }))
}

function echoed(
  known: KnownOperation | null,
  actionIndex: number,
  data: Data,
  via: Via,
): readonly Emission[] {
  return (known?.echoes ?? []).map((type) => ({
    type,
    data,
    isOfSameEntity: true,
    actionIndex,
    via: via(type),
    startsAnew: true,
  }))
}

/** As commands name it: `RuleSet/<set>#<rule>`. */
function causeOf(ref: string): string {
  return `RuleSet/${ref.replace('/', '#')}`
}
