import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { isJsonObject } from '../../kernel/json.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'
import { messageEventTypes } from '../policies/message-events.ts'
import type { CompiledRule } from '../rules/compiled-rule.ts'
import type { CompiledScore } from '../scoring/compiled-score.ts'

/**
 * Types of events that may come back in a chain: what rules, bands and workflows emit, results of commands, and what became of messages. Only rules on these
 * can fire twice in one chain, so only they are remembered.
 */
export function recurringEvents(
  documents: DocumentSet,
  rules: readonly CompiledRule[],
  scores: readonly CompiledScore[],
): ReadonlySet<string> {
  const types = new Set<string>([
    'command.succeeded',
    'command.failed',
    'command.cancelled',
    ...messageEventTypes,
  ])
  for (const { actions } of rules)
    for (const action of actions) if (action.verb === 'emit') types.add(action.type)
  for (const { bands } of scores) for (const { emit } of bands) if (emit != null) types.add(emit)
  for (const { document } of documents.ofKind(workflowShape)) addEmitted(document.body, types)
  return types
}

/** Whatever a workflow emits, however deep its step lies. */
function addEmitted(value: JsonValue, types: Set<string>): void {
  if (Array.isArray(value)) {
    for (const inner of value as readonly JsonValue[]) addEmitted(inner, types)
    return
  }
  if (!isJsonObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined) continue
    if (key === 'emit' && typeof inner === 'string') types.add(inner)
    else if (key === 'emit' && isJsonObject(inner) && typeof inner['type'] === 'string')
      types.add(inner['type'])
    addEmitted(inner, types)
  }
}
