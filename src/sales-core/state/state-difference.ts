import type { JsonValue } from '../../kernel/json.ts'
import { jsonEqual } from '../../kernel/json-equal.ts'
import type { EntityState } from '../decide/entity-state.ts'

/** Names that are told; of more it is said how many. */
const namedMax = 10

/**
 * Where an entity's row and the fold of its decisions differ, as `fields.score`; empty: they agree. Only names: values belong to people.
 * An event that was put aside has no decision, so the row's place in the order may be further on.
 */
export function stateDifference(row: EntityState, folded: EntityState): readonly string[] {
  const differs: string[] = []
  if (row.version !== folded.version)
    differs.push(`version (${row.version}, its history says ${folded.version})`)
  if (row.appliedSeq < folded.appliedSeq)
    differs.push(`applied_seq (${row.appliedSeq}, its history goes to ${folded.appliedSeq})`)
  for (const part of ['fields', 'scores', 'marks'] as const) {
    const [left, right] = [row[part], folded[part]] as readonly Readonly<Record<string, JsonValue>>[]
    const names = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})])
    for (const name of [...names].sort())
      if (!jsonEqual(left?.[name], right?.[name])) differs.push(`${part}.${name}`)
  }
  return differs
}

/** For a person and a log. */
export function differenceText(differs: readonly string[]): string {
  const more = differs.length - namedMax
  return `${differs.slice(0, namedMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
