import type { SalesConfig } from '../../compile/sales-config.ts'
import type { CompiledWorkflow } from '../../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../../workflows/workflow-instance.ts'

/**
 * Definitions by digest for the instances of an entity that two configurations may decide about: an instance that one arm started is
 * moved on by the other on the definition that it started with.
 */
export function armDefinitions(
  pinned: ReadonlyMap<string, CompiledWorkflow>,
  instances: readonly WorkflowInstance[],
  configs: readonly SalesConfig[],
): ReadonlyMap<string, CompiledWorkflow> {
  let all: Map<string, CompiledWorkflow> | null = null
  for (const { definitionDigest: digest } of instances) {
    if ((all ?? pinned).has(digest)) continue
    for (const config of configs) {
      const definition = config.definition(digest)
      if (definition === null) continue
      all ??= new Map(pinned)
      all.set(digest, definition)
      break
    }
  }
  return all ?? pinned
}
