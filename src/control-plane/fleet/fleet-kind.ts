import { z } from 'zod'
import type { DocumentKind } from '../documents/document-kind.ts'
import { documentHead, documentName } from '../documents/document-kind.ts'

const fleetSchema = z.strictObject({
  ...documentHead('Fleet', documentName),
  /** What the fleet is, for people. At most 500 characters. */
  description: z.string().max(500, { error: 'must be at most 500 characters' }).optional(),
})

/** The repository as a whole: its name. One document, in neuronx.yaml at the root. */
export type FleetSpec = z.infer<typeof fleetSchema>

export const fleetKind: DocumentKind<FleetSpec> = {
  kind: 'Fleet',
  summary: 'names the fleet; one document, in neuronx.yaml at the root',
  fieldHelp: { description: 'What the fleet is, for people.' },
  schema: fleetSchema,
}
