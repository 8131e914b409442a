import type { CommandView } from '../../messaging/reading/event-reader.ts'
import { pageMax } from '../../messaging/reading/event-reader.ts'
import type { DeadLetter } from '../../messaging/dead-letters/dead-letter.ts'
import type { EntityView, HistoryEntry } from '../../sales-core/reading/entity-reader.ts'
import type { WorkflowInstance } from '../../sales-core/workflows/workflow-instance.ts'
import { awaitedText, positionsOf } from '../../sales-core/workflows/workflow-instance.ts'
import type { Operator } from '../operator.ts'
import { explainScoresNow } from '../scores/current-scores-of.ts'
import type { ExplainedNow } from '../scores/current-scores-of.ts'

/** One thing that happened to an entity. Newest first in a story. */
export interface StoryEntry {
  readonly at: string
  readonly kind: 'event' | 'command' | 'dead_letter'
  readonly id: string
  readonly title: string
  /** In sentences: rules that fired, scores and workflows that moved, fields that changed; how a command ended. */
  readonly lines: readonly string[]
}

/** Where a workflow of the entity waits. */
export interface StoryWait {
  readonly workflow: string
  readonly instanceId: string
  readonly step: string
  readonly since: string
  readonly waitsFor: string
}

export interface Story {
  /** `lead/42` */
  readonly entity: string
  readonly version: number
  readonly fields: EntityView['fields']
  /** As they are now; without those that wait for their first event. */
  readonly scores: readonly ExplainedNow[]
  readonly waiting: readonly StoryWait[]
  readonly entries: readonly StoryEntry[]
  /** There is an older past than what is told. */
  readonly hasMore: boolean
}

export type StoryPorts = Pick<Operator, 'entities' | 'messages' | 'revisions' | 'clock'>

/** What an entity is now, why, and how it came to be so: at most `limit` entries (1 to 500), newest first. null: it is unknown. */
export async function tellStory(
  ports: StoryPorts,
  tenant: { readonly id: string; readonly slug: string },
  workspace: string,
  ref: { readonly kind: string; readonly id: string },
  limit: number,
): Promise<Story | null> {
  const explained = await explainScoresNow(ports, tenant, workspace, ref)
  if (explained === null) return null
  const { entity, scores } = explained
  const { entities, messages } = ports
  const page = { limit: Math.min(limit, pageMax), cursor: null }
  const filter = { entity: { workspace, ...ref } }
  const [history, commands, letters] = await Promise.all([
    entities.history(tenant.id, workspace, ref, page),
    messages.commands(tenant.id, filter, page),
    messages.deadLetters(tenant.id, filter, page),
  ])
  const all = [
    ...history.items.map(eventEntry),
    ...commands.items.map(commandEntry),
    ...letters.items.map(letterEntry),
  ].sort((a, b) => (a.at === b.at ? order(a) - order(b) : a.at < b.at ? 1 : -1))
  const entries = all.slice(0, limit)
  return {
    entity: `${ref.kind}/${ref.id}`,
    version: entity.version,
    fields: entity.fields,
    scores: scores.filter(({ recorded }) => recorded !== null),
    waiting: entity.instances.flatMap(waitOf),
    entries,
    hasMore:
      all.length > entries.length || [history, commands, letters].some(({ cursor }) => cursor !== null),
  }
}

/** At the same instant what was asked for stands above the event that asked for it. */
function order({ kind }: StoryEntry): number {
  return kind === 'event' ? 1 : 0
}

function eventEntry({ eventId, eventType, at, changes, trace }: HistoryEntry): StoryEntry {
  const lines = [
    ...trace.rules.map((entry) =>
      entry.outcome === 'fired'
        ? `${entry.rule} fired: ${entry.actions.join(', ')}`
        : `${entry.rule} failed: ${entry.error} (${entry.code})`,
    ),
    ...trace.scores.map(({ model, from, to, bandFrom, bandTo }) => {
      const band = bandFrom === bandTo ? '' : `, band ${bandFrom ?? 'none'} to ${bandTo ?? 'none'}`
      return `score ${model} ${from} to ${to}${band}`
    }),
    ...trace.workflows.map(({ workflow, from, to }) =>
      from === null
        ? `workflow ${workflow} started, at ${to}`
        : `workflow ${workflow} went from ${from} to ${to}`,
    ),
    ...changes
      .filter(({ by }) => !by.startsWith('LeadScore/'))
      .map(({ field, to, by }) => `${field} is ${short(to)} (${by})`),
    ...trace.notes,
  ]
  return { at, kind: 'event', id: eventId, title: eventType, lines }
}

function commandEntry({ command, state, attempts, sentAt, endedAt, error }: CommandView): StoryEntry {
  const tries = attempts > 1 ? ` after ${attempts} attempts` : ''
  const why = error === null ? '' : `: ${error.message} (${error.code})`
  return {
    at: endedAt ?? sentAt ?? command.dueAt,
    kind: 'command',
    id: command.id,
    title: `${command.integration}.${command.operation} ${state}`,
    lines: [`asked for by ${command.cause} on ${command.eventId}`, `${state}${tries}${why}`],
  }
}

function letterEntry({ id, createdAt, code, reason, status, cause }: DeadLetter): StoryEntry {
  const by = cause === null ? '' : `${cause}: `
  return {
    at: createdAt,
    kind: 'dead_letter',
    id,
    title: `dead letter ${code} (${status})`,
    lines: [`${by}${reason}`],
  }
}

function waitOf({ id, workflow, state, startedAt }: WorkflowInstance): StoryWait[] {
  if (state.status !== 'waiting') return []
  return positionsOf(state).map(({ stepId, wait }) => {
    const until = wait.until === null ? '' : `until ${wait.until}`
    const where = wait.kind === 'event' && wait.where !== null ? ` where ${wait.where}` : ''
    const what = `${awaitedText(wait).replace(/^ for /, '')}${where}`
    const waitsFor = [what, until].filter((part) => part !== '').join(', ')
    return { workflow, instanceId: id, step: stepId, since: startedAt, waitsFor }
  })
}

function short(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
