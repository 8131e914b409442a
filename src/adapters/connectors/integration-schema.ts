import { z } from 'zod'
import { graphqlIntegrationSchema, httpIntegrationSchema } from './documents/own-schemas.ts'
import type { OwnIntegrationSpec } from './documents/own-schemas.ts'
import { vendorSchema } from './documents/vendor-schema.ts'
import type { VendorIntegrationSpec } from './documents/vendor-schema.ts'
import { connectorNames, connectorOf } from './vendors/registry.ts'

/** An Integration document whose shape was accepted. */
export type IntegrationSpec = OwnIntegrationSpec | VendorIntegrationSpec

const names = ['http', 'graphql', ...connectorNames]

/** Every Integration document: those that bring their own operations, and one shape per built-in connector. */
export const integrationSchema: z.ZodType<IntegrationSpec> = z.discriminatedUnion(
  'connector',
  [
    httpIntegrationSchema,
    graphqlIntegrationSchema,
    ...connectorNames.map(
      (name) => vendorSchema(connectorOf(name)) as unknown as typeof httpIntegrationSchema,
    ),
  ],
  { error: `connector must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}` },
) as unknown as z.ZodType<IntegrationSpec>

/** Does the document bring its own operations? */
export function bringsOperations(spec: IntegrationSpec): spec is OwnIntegrationSpec {
  return 'operations' in spec
}
