import { contentOf } from '../../control-plane/resolution/merge/head-fields.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import { workflowShape } from '../kinds/workflow-shape.ts'
import { compileWorkflow } from '../workflows/compile-workflow.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { ConfigProvider } from './config-provider.ts'

/** Definitions that instances are pinned to and that are not active any more, compiled once. */
export class DefinitionCache {
  readonly #provider: Pick<ConfigProvider, 'document'>
  readonly #max: number
  /** Compiled against the types of a configuration, so the configuration is part of the key. Oldest first. */
  readonly #compiled = new Map<string, CompiledWorkflow | null>()

  constructor(provider: Pick<ConfigProvider, 'document'>, max = 1_000) {
    this.#provider = provider
    this.#max = max
  }

  /** The definitions of these instances that `config` itself does not hold. One that is gone is left out. */
  async definitionsOf(
    tenantId: string,
    instances: ReadonlyArray<Pick<WorkflowInstance, 'definitionDigest'>>,
    config: SalesConfig,
  ): Promise<ReadonlyMap<string, CompiledWorkflow>> {
    const pinned = new Map<string, CompiledWorkflow>()
    for (const { definitionDigest } of instances) {
      if (config.definition(definitionDigest) !== null || pinned.has(definitionDigest)) continue
      const workflow = await this.#definition(tenantId, definitionDigest, config)
      if (workflow !== null) pinned.set(definitionDigest, workflow)
    }
    return pinned
  }

  async #definition(tenantId: string, digest: string, config: SalesConfig): Promise<CompiledWorkflow | null> {
    const key = `${tenantId}/${config.digest}/${digest}`
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    const document = await this.#provider.document(tenantId, digest)
    const parsed = document === null ? null : workflowShape.schema.safeParse(contentOf(document.body))
    const workflow =
      document === null || parsed?.success !== true
        ? null
        : compileWorkflow({ document, spec: parsed.data }, config.types, config.catalog).workflow
    this.#compiled.set(key, workflow)
    const [oldest] = this.#compiled.keys()
    if (this.#compiled.size > this.#max && oldest !== undefined) this.#compiled.delete(oldest)
    return workflow
  }
}
