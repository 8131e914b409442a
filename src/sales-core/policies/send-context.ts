import type { Command } from '../../messaging/commands/command.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { PolicySet } from './compiled-policy.ts'
import type { SendTarget } from './send-target.ts'

/** What a command of a (tenant, workspace) is judged under. */
export interface SendContext {
  /** null: the tenant is not known here yet. */
  readonly tenantActive: boolean | null
  /** null: the configuration has no such operation (any more). */
  readonly target: SendTarget | null
  readonly policies: PolicySet
  readonly catalog: Pick<IntegrationCatalog, 'channel'>
  /** What may go out of the tenant on a day; null: any number. */
  readonly commandsPerDay: number | null
  listensTo(eventType: string): boolean
  /** The policies that a workflow names; left out: there are no workflows. */
  policiesOf?(workflow: string): readonly string[]
}

/** Finds it in the active configuration, without a round trip when that is known. */
export interface SendContexts {
  /** Throws what the configuration's store throws. */
  contextOf(command: Command): Promise<SendContext>
}
