import type { OperationDefinition } from '../define-connector.ts'
import type { IntegrationSpec } from '../integration-schema.ts'
import { gohighlevel } from '../vendors/gohighlevel.ts'

/** The operations of an integration that come back as events, with the types. */
export function echoesOfSpec(spec: IntegrationSpec): ReadonlyArray<readonly [string, readonly string[]]> {
  const operations: Readonly<Record<string, Pick<OperationDefinition, 'echoes'>>> =
    spec.connector === 'http' ? spec.operations : gohighlevel.operations
  return Object.entries(operations).flatMap(([operation, { echoes }]) =>
    echoes === undefined || echoes.length === 0 ? [] : [[operation, echoes] as const],
  )
}
