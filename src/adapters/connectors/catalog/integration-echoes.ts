import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import type { EchoCatalog, KnownOperation } from '../../../sales-core/analysis/cycles/echoes.ts'
import { channelsOf, definitionOf } from '../documents/definition-of.ts'
import { carriersOf } from '../documents/failover.ts'
import { integrationKind } from '../integration-kind.ts'

const known = new WeakMap<DocumentSet, EchoCatalog>()

/** What comes back of the integrations of a set, for the analysis of rules. Made once per set; the set need not be free of problems. */
export function integrationEchoes(set: DocumentSet): EchoCatalog {
  const earlier = known.get(set)
  if (earlier !== undefined) return earlier
  const operations = new Map<string, KnownOperation>()
  const integrations = set.ofKind(integrationKind).map(({ spec }) => spec)
  for (const spec of integrations)
    for (const [operation, { echoes = [] }] of Object.entries(definitionOf(spec).operations))
      operations.set(`${spec.name}.${operation}`, { integration: spec.name, operation, echoes })
  const carriers = carriersOf(integrations, (spec) => channelsOf(spec, definitionOf(spec)))
  const catalog: EchoCatalog = {
    operation: (name) => operations.get(name) ?? null,
    channel: (channel) => {
      const carrier = carriers.get(channel)
      return carrier === undefined
        ? null
        : (operations.get(`${carrier.by.name}.${carrier.operation}`) ?? null)
    },
  }
  known.set(set, catalog)
  return catalog
}
