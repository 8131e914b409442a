import { scopeName } from '../../control-plane/documents/document.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { BreakerControl, BreakerView } from '../../sales-core/processing/breakers/breaker-control.ts'
import type { SideScope } from '../backtest/configuration-side.ts'
import { activeSide } from '../backtest/configuration-side.ts'
import { ruleOrigin } from './rule-origin.ts'
import type { LayerPlace } from './rule-origin.ts'

/** A rule as it is in force in a workspace. */
export interface ListedRule {
  /** `set/rule` */
  readonly rule: string
  readonly on: string
  readonly rank: number
  readonly condition: string | null
  readonly actions: readonly string[]
  /** The lowest scope that has a part in it. */
  readonly scope: string
}

export interface ShownRule extends ListedRule {
  readonly document: JsonValue
  readonly layers: readonly LayerPlace[]
}

export interface RuleList {
  readonly configDigest: string
  /** By event type, in the order in which they are judged. */
  readonly rules: readonly ListedRule[]
}

/** The rules in force, and whose breaker is open. */
export interface WatchedRules {
  readonly configDigest: string
  /** `breaker` null: the rule works. */
  readonly rules: ReadonlyArray<ListedRule & { readonly breaker: BreakerView | null }>
  /** Breakers of rules that are not in force here: of other workspaces, or gone. */
  readonly otherBreakers: readonly BreakerView[]
}

type Revisions = Pick<RevisionStore, 'effective' | 'effectiveByDigest'>

/** The rules in force in a workspace. */
export async function listRules(revisions: Revisions, scope: SideScope): Promise<RuleList> {
  const { digest, documents, config } = await activeSide(revisions, scope)
  const rules = documents
    .filter(({ kind }) => kind === 'RuleSet')
    .flatMap((document) =>
      rulesOf(document.body).flatMap((rule): ListedRule[] => {
        const ref = `${document.name}/${String(rule['id'])}`
        const compiled = config.rule(ref)
        if (compiled === null) return []
        const last = ruleOrigin(documents, ref).at(-1)?.scope ?? scopeName(document.scope)
        return [
          {
            rule: ref,
            on: compiled.on,
            rank: compiled.rank,
            condition: compiled.when?.source ?? null,
            actions: actionsOf(rule),
            scope: last,
          },
        ]
      }),
    )
    .sort((a, b) => (a.on === b.on ? b.rank - a.rank || compare(a.rule, b.rule) : compare(a.on, b.on)))
  return { configDigest: digest, rules }
}

/** The rules in force in a workspace, each with its breaker. */
export async function listWatchedRules(
  { revisions, breakers }: { revisions: Revisions; breakers: Pick<BreakerControl, 'list'> },
  scope: SideScope,
): Promise<WatchedRules> {
  const { configDigest, rules } = await listRules(revisions, scope)
  const { id } = scope.tenant
  const open = new Map((id === null ? [] : await breakers.list(id)).map((breaker) => [breaker.rule, breaker]))
  const watched = rules.map((listed) => ({ ...listed, breaker: open.get(listed.rule) ?? null }))
  for (const { rule } of rules) open.delete(rule)
  return { configDigest, rules: watched, otherBreakers: [...open.values()] }
}

/** One rule with its text and the layers that it is made of; null: there is none. */
export async function showRule(
  revisions: Revisions,
  scope: SideScope,
  ref: string,
): Promise<ShownRule | null> {
  const { rules } = await listRules(revisions, scope)
  const listed = rules.find(({ rule }) => rule === ref)
  if (listed === undefined) return null
  const { documents } = await activeSide(revisions, scope)
  const [set, id] = ref.split('/', 2)
  const document = documents.find(({ kind, name }) => kind === 'RuleSet' && name === set)
  const found = rulesOf(document?.body ?? {}).find((rule) => rule['id'] === id)
  return { ...listed, document: found ?? null, layers: ruleOrigin(documents, ref) }
}

function rulesOf(body: JsonObject): readonly JsonObject[] {
  const { rules } = body
  return Array.isArray(rules) ? (rules as readonly JsonObject[]) : []
}

/** The verbs of a rule: `set lead.temperature`, `call sink.hit`. */
function actionsOf({ then }: JsonObject): readonly string[] {
  const actions = Array.isArray(then) ? (then as readonly JsonObject[]) : []
  return actions.flatMap((action) =>
    Object.entries(action)
      .slice(0, 1)
      .map(([verb, value]) => `${verb} ${short(value ?? null)}`),
  )
}

function short(value: JsonValue): string {
  if (typeof value === 'string') return value
  const text =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.keys(value).join(', ')
      : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
