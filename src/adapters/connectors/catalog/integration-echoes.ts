import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { EchoCatalog, KnownOperation } from '../../../sales-core/analysis/cycles/echoes.ts'
import type { IntegrationSpec } from '../integration-schema.ts'
import { integrationKind } from '../integration-kind.ts'
import { echoesOfSpec } from './operation-echoes.ts'
import { gohighlevel } from '../vendors/gohighlevel.ts'

const known = new WeakMap<DocumentSet, EchoCatalog>()

/** What comes back of the integrations of a set, for the analysis of rules. Made once per set; the set need not be free of problems. */
export function integrationEchoes(set: DocumentSet): EchoCatalog {
  const earlier = known.get(set)
  if (earlier !== undefined) return earlier
  const operations = new Map<string, KnownOperation>()
  const channels = new Map<string, KnownOperation>()
  for (const { spec } of set.ofKind(integrationKind)) {
    const echoes = new Map(echoesOfSpec(spec))
    const infoOf = (operation: string): KnownOperation => ({
      integration: spec.name,
      operation,
      echoes: echoes.get(operation) ?? [],
    })
    for (const operation of operationsOf(spec)) operations.set(`${spec.name}.${operation}`, infoOf(operation))
    for (const [channel, operation] of channelsOf(spec))
      if (!channels.has(channel)) channels.set(channel, infoOf(operation))
  }
  const catalog: EchoCatalog = {
    operation: (name) => operations.get(name) ?? null,
    channel: (channel) => channels.get(channel) ?? null,
  }
  known.set(set, catalog)
  return catalog
}

function operationsOf(spec: IntegrationSpec): readonly string[] {
  return Object.keys(spec.connector === 'http' ? spec.operations : gohighlevel.operations)
}

function channelsOf(spec: IntegrationSpec): ReadonlyArray<readonly [string, string]> {
  if (spec.connector === 'http') return Object.entries(spec.channels ?? {})
  const served = new Set<string>(spec.channels ?? Object.keys(gohighlevel.channels))
  return Object.entries(gohighlevel.channels).filter(([channel]) => served.has(channel))
}
