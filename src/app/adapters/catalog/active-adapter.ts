import { compileIntegration } from '../../../adapters/connectors/compile-integrations.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { integrationKind } from '../../../adapters/connectors/integration-kind.ts'
import type { IntegrationSpec } from '../../../adapters/connectors/integration-schema.ts'
import { loadEffective } from '../../../control-plane/resolution/load-effective.ts'
import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { Operator } from '../../operator.ts'
import { documentKinds } from '../../kinds.ts'
import { connectorChoices } from './known-connectors.ts'

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
  { tenantId, workspace }: AdapterPlace,
): Promise<readonly ActiveAdapter[]> {
  const set = loadEffective(await revisions.effective(tenantId, workspace), documentKinds)
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
  const all = await activeAdapters(operator, place)
  const found = all.find(({ spec }) => spec.name === name)
  if (found !== undefined) return found
  const meant = nearestName(
    name,
    all.map(({ spec }) => spec.name),
  )
  throw new NxError(
    'not_found',
    'NX-INTEGRATION-NOT-FOUND',
    `The configuration has no integration '${name}'`,
    {
      fix:
        meant !== null
          ? `Did you mean '${meant}'?`
          : connectorChoices.includes(name)
            ? `It is a connector: neuronx adapter show ${name} --connector`
            : `neuronx adapter list --tenant ${place.slug}`,
    },
  )
}
