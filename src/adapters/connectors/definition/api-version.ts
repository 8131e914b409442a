import { mergePatch } from '../../../kernel/merge-patch.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import type { ApiVersion } from './field-definition.ts'

/** The version that is used when a document names none; null when the definition knows no versions. */
export function defaultVersion({
  apiVersions = [],
}: Pick<ConnectorDefinition, 'apiVersions'>): ApiVersion | null {
  return apiVersions.find((version) => version.default === true) ?? apiVersions[0] ?? null
}

/** The definition as that version of the vendor's API has it. An id that there is not gives the default one. */
export function atVersion(definition: ConnectorDefinition, id: string | undefined): ConnectorDefinition {
  const version = definition.apiVersions?.find((one) => one.id === id) ?? defaultVersion(definition)
  if (version === null || Object.keys(version.overlay).length === 0) return definition
  // The overlay was checked against the format together with the definition that holds it.
  return mergePatch(
    definition as unknown as JsonValue,
    version.overlay as JsonValue,
  ) as unknown as ConnectorDefinition
}
