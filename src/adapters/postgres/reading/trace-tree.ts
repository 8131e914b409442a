import type { JsonValue } from '../../../kernel/json.ts'
import type { DeadLetter } from '../../../messaging/dead-letters/dead-letter.ts'
import type { CommandView, EventView, TraceNode } from '../../../messaging/reading/event-reader.ts'
import type { DecisionTrace, FieldChange } from '../../../sales-core/decide/decision.ts'

/** A decision as it is read for a trace. */
export interface TracedDecision {
  readonly eventId: string
  readonly version: number
  readonly configDigest: string
  readonly changes: readonly FieldChange[]
  readonly trace: DecisionTrace
  readonly at: string
}

export interface TraceParts {
  readonly rootId: string
  readonly events: readonly EventView[]
  readonly decisions: readonly TracedDecision[]
  readonly commands: readonly (CommandView & {
    readonly createdAt: string
    readonly durationMs: number | null
  })[]
  readonly deadLetters: readonly DeadLetter[]
}

type Node = Omit<TraceNode, 'children' | 'ms'> & { readonly children: Node[] }

/**
 * The tree that grew from an event: event, its decision, the rules, scores and workflows in it, the commands under what
 * caused them, their results and the emitted events under what they follow. What has no known parent hangs from the root.
 * Null when there is no root event.
 */
export function traceTree(parts: TraceParts): TraceNode | null {
  const events = new Map(parts.events.map((event) => [event.id, eventNode(event)]))
  const root = events.get(parts.rootId)
  const rootAt = parts.events.find((event) => event.id === parts.rootId)?.acceptedAt
  if (root === undefined || rootAt === undefined) return null
  const decisions = new Map<string, Node>()
  for (const decision of parts.decisions) {
    const node = decisionNode(decision)
    decisions.set(decision.eventId, node)
    ;(events.get(decision.eventId) ?? root).children.push(node)
  }
  const commands = new Map<string, Node>()
  for (const view of parts.commands) {
    const node = commandNode(view)
    commands.set(view.command.id, node)
    commandParent(
      view,
      decisions.get(view.command.eventId) ?? events.get(view.command.eventId) ?? root,
    ).children.push(node)
  }
  for (const letter of parts.deadLetters)
    letterParent(letter, commands, decisions, events, root).children.push(letterNode(letter))
  for (const event of parts.events) {
    if (event.id === parts.rootId) continue
    const cause = event.causationId ?? ''
    const parent = commands.get(cause) ?? events.get(cause) ?? root
    parent.children.push(events.get(event.id) as Node)
  }
  return finish(root, Date.parse(rootAt), new Set())
}

function eventNode(event: EventView): Node {
  return {
    kind: 'event',
    id: event.id,
    title: event.type,
    at: event.acceptedAt,
    detail: {
      subject: `${event.subject.kind}/${event.subject.id}`,
      workspace: event.workspace,
      origin: event.origin,
      source: event.source,
      entitySeq: event.entitySeq,
      status: event.status,
      depth: event.depth,
    },
    children: [],
  }
}

function decisionNode(decision: TracedDecision): Node {
  const { eventId, trace } = decision
  const inside = (kind: TraceNode['kind'], id: string, title: string, detail: object): Node => ({
    kind,
    id: `${eventId}/${id}`,
    title,
    at: decision.at,
    detail: detail as JsonValue,
    children: [],
  })
  return {
    kind: 'decision',
    id: `${eventId}/decision`,
    title: `version ${decision.version}`,
    at: decision.at,
    detail: {
      configDigest: decision.configDigest,
      changes: decision.changes as unknown as JsonValue,
      notes: trace.notes,
    },
    children: [
      ...trace.rules.map((rule) => inside('rule', rule.rule, rule.rule, rule)),
      ...trace.scores.map((score) =>
        inside('score', `LeadScore/${score.model}`, `${score.model} ${score.from} -> ${score.to}`, score),
      ),
      ...trace.workflows.map((step) =>
        inside('workflow', step.instanceId, `${step.workflow} ${step.from ?? 'start'} -> ${step.to}`, step),
      ),
    ],
  }
}

function commandNode(view: TraceParts['commands'][number]): Node {
  const { command } = view
  return {
    kind: 'command',
    id: command.id,
    title: `${command.integration}.${command.operation}`,
    at: view.createdAt,
    detail: {
      state: view.state,
      cause: command.cause,
      attempts: view.attempts,
      sentAt: view.sentAt,
      endedAt: view.endedAt,
      durationMs: view.durationMs,
      error: view.error === null ? null : { ...view.error },
      result: view.result,
    },
    children: [],
  }
}

function letterNode(letter: DeadLetter): Node {
  const { id, code, createdAt, reason, status, cause } = letter
  return {
    kind: 'dead_letter',
    id,
    title: code,
    at: createdAt,
    detail: { class: letter.class, source: letter.source, reason, status, cause },
    children: [],
  }
}

/** The rule or the workflow inside the decision that asked for the command; else the decision itself. */
function commandParent({ command }: CommandView, parent: Node): Node {
  const children = parent.kind === 'decision' ? parent.children : []
  return (
    children.find((node) => node.kind === 'workflow' && endsWith(node, command.instanceId)) ??
    children.find((node) => node.kind === 'rule' && endsWith(node, command.cause)) ??
    parent
  )
}

/** Rules are named `x#y` or `RuleSet/x#y`. */
function endsWith(node: Node, name: string | null): boolean {
  if (name === null) return false
  const own = node.id.slice(node.id.indexOf('/') + 1)
  return own === name || `RuleSet/${own}` === name
}

function letterParent(
  letter: DeadLetter,
  commands: ReadonlyMap<string, Node>,
  decisions: ReadonlyMap<string, Node>,
  events: ReadonlyMap<string, Node>,
  root: Node,
): Node {
  if (letter.commandId !== null) return commands.get(letter.commandId) ?? root
  const eventId = letter.eventId ?? ''
  const decision = decisions.get(eventId)
  const rule = decision?.children.find((node) => node.kind === 'rule' && endsWith(node, letter.cause))
  return rule ?? decision ?? events.get(eventId) ?? root
}

/** Adds the times since the root. A circle (which only damaged data could make) is cut. */
function finish(node: Node, rootMs: number, above: ReadonlySet<Node>): TraceNode {
  const path = new Set([...above, node])
  return {
    ...node,
    ms: node.at === null ? null : Math.max(0, Date.parse(node.at) - rootMs),
    children: node.children.filter((child) => !path.has(child)).map((child) => finish(child, rootMs, path)),
  }
}
