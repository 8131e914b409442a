import { compileIntegration } from '../../../adapters/connectors/compile-integrations.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { integrationKind } from '../../../adapters/connectors/integration-kind.ts'
import type { IntegrationSpec } from '../../../adapters/connectors/integration-schema.ts'
import { activeDocuments } from '../../configuration/active-documents.ts'
import { integrationNotFound } from '../../credentials/integration-not-found.ts'
import type { Operator } from '../../operator.ts'

/** Whose integration is meant. */
export interface AdapterPlace {
  readonly tenantId: string
  readonly slug: string
  readonly workspace: string
}

/** An integration of the active configuration: its document, and ready to be called. */
export interface ActiveAdapter {
  readonly spec: IntegrationSpec
  readonly integration: Integration
}

/** All of a workspace, by name. Throws NX-CONFIG-STORED-INVALID, NX-DB-…. */
export async function activeAdapters(
  { revisions }: Pick<Operator, 'revisions'>,
  place: AdapterPlace,
): Promise<readonly ActiveAdapter[]> {
  const set = await activeDocuments(revisions, place)
  return set
    .ofKind(integrationKind)
    .map(({ spec }) => ({ spec, integration: compileIntegration(spec) }))
    .toSorted((one, other) => (one.spec.name < other.spec.name ? -1 : 1))
}

/** One of them. Throws NX-INTEGRATION-NOT-FOUND with the name that was probably meant. */
export async function activeAdapter(
  operator: Pick<Operator, 'revisions'>,
  place: AdapterPlace,
  name: string,
): Promise<ActiveAdapter> {
  return adapterNamed(await activeAdapters(operator, place), name, place)
}

/** The one of this name. Throws NX-INTEGRATION-NOT-FOUND. */
export function adapterNamed(
  all: readonly ActiveAdapter[],
  name: string,
  { slug }: Pick<AdapterPlace, 'slug'>,
): ActiveAdapter {
  const found = all.find(({ spec }) => spec.name === name)
  if (found !== undefined) return found
  const names = all.map(({ spec }) => spec.name)
  throw integrationNotFound(name, names, slug)
}
