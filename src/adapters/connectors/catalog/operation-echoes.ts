import { definitionOf } from '../documents/definition-of.ts'
import type { IntegrationSpec } from '../integration-schema.ts'

/** The operations of an integration that come back as events, with the types. */
export function echoesOfSpec(spec: IntegrationSpec): ReadonlyArray<readonly [string, readonly string[]]> {
  return Object.entries(definitionOf(spec).operations).flatMap(([operation, { echoes }]) =>
    echoes === undefined || echoes.length === 0 ? [] : [[operation, echoes] as const],
  )
}
