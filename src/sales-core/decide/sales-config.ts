import type { SendTarget } from '../policies/send-target.ts'
import type { Repeatable } from '../../messaging/commands/command.ts'

/**
 * What `decide` needs to know of an integration: nothing about how it works. Made from the Integration documents by the
 * connector layer.
 */
export interface OperationInfo {
  readonly integration: string
  readonly operation: string
  readonly repeatable: Repeatable
}

/** The integrations of one (tenant, workspace), as rules and workflows see them. */
export interface IntegrationCatalog {
  /** null when the integration has no such operation. */
  operation(integration: string, operation: string): OperationInfo | null
  /** Which operation carries `send: {channel}`; null when no integration serves the channel. */
  channel(channel: string): OperationInfo | null
  /** What the policy gate must know of an operation; null: there is none. Left out: nobody knows, and what names a channel is a message. */
  target?(integration: string, operation: string): SendTarget | null
}
