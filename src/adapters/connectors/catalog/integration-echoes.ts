import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { EchoCatalog, KnownOperation } from '../../../sales-core/analysis/cycles/echoes.ts'
import { channelsOf, definitionOf } from '../documents/definition-of.ts'
import { standbysOf } from '../documents/failover.ts'
import { integrationKind } from '../integration-kind.ts'
import { echoesOfSpec } from './operation-echoes.ts'

const known = new WeakMap<DocumentSet, EchoCatalog>()

/** What comes back of the integrations of a set, for the analysis of rules. Made once per set; the set need not be free of problems. */
export function integrationEchoes(set: DocumentSet): EchoCatalog {
  const earlier = known.get(set)
  if (earlier !== undefined) return earlier
  const operations = new Map<string, KnownOperation>()
  const channels = new Map<string, KnownOperation>()
  const standsBy = standbysOf(set.ofKind(integrationKind).map(({ spec }) => spec))
  for (const { spec } of set.ofKind(integrationKind)) {
    const echoes = new Map(echoesOfSpec(spec))
    const definition = definitionOf(spec)
    const infoOf = (operation: string): KnownOperation => ({
      integration: spec.name,
      operation,
      echoes: echoes.get(operation) ?? [],
    })
    for (const operation of Object.keys(definition.operations))
      operations.set(`${spec.name}.${operation}`, infoOf(operation))
    for (const [channel, operation] of Object.entries(channelsOf(spec, definition)))
      if (!channels.has(channel) && !standsBy(spec.name, channel)) channels.set(channel, infoOf(operation))
  }
  const catalog: EchoCatalog = {
    operation: (name) => operations.get(name) ?? null,
    channel: (channel) => channels.get(channel) ?? null,
  }
  known.set(set, catalog)
  return catalog
}
