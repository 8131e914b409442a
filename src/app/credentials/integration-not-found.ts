import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import { connectorChoices } from '../adapters/catalog/known-connectors.ts'

/** NX-INTEGRATION-NOT-FOUND with the name that was probably meant. `names`: those that the configuration has. */
export function integrationNotFound(name: string, names: readonly string[], slug = 'SLUG'): NxError {
  const meant = nearestName(name, names)
  return new NxError(
    'not_found',
    'NX-INTEGRATION-NOT-FOUND',
    `The configuration has no integration '${name}'`,
    {
      fix:
        meant !== null
          ? `Did you mean '${meant}'?`
          : connectorChoices.includes(name)
            ? `It is a connector: neuronx adapter show ${name} --connector`
            : `neuronx adapter list --tenant ${slug}`,
    },
  )
}
