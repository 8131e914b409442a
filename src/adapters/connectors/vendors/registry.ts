import { NxError } from '../../../kernel/errors.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { gohighlevel } from './gohighlevel.ts'
import { resend } from './resend.ts'
import { slack } from './slack.ts'
import { smtp } from './smtp.ts'
import { teams } from './teams.ts'
import { teamsWorkflow } from './teams-workflow.ts'
import { twilio } from './twilio.ts'
import { webhook } from './webhook.ts'
import { whatsapp } from './whatsapp.ts'

/** The built-in connectors: one file each, and one line here. */
const definitions: readonly ConnectorDefinition[] = [
  gohighlevel,
  resend,
  slack,
  smtp,
  teams,
  teamsWorkflow,
  twilio,
  webhook,
  whatsapp,
]

const byName = new Map(definitions.map((definition) => [definition.connector, definition]))

export const connectorNames: readonly string[] = [...byName.keys()]

/** Throws NX-CONNECTOR-UNKNOWN (not_found) when there is none of that name. */
export function connectorOf(name: string): ConnectorDefinition {
  const found = byName.get(name)
  if (found !== undefined) return found
  throw new NxError('not_found', 'NX-CONNECTOR-UNKNOWN', `There is no connector '${name}'`, {
    fix: `Connectors: ${connectorNames.join(', ')}.`,
  })
}
