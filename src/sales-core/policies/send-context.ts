import type { Command } from '../../messaging/commands/command.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
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
  /** The policies that a workflow names. */
  policiesOf(workflow: string): readonly string[]
}

/**
 * The policies that a workflow of a configuration names. Of one that was removed while instances go on nobody can say which it
 * named: all that may be named hold.
 */
export function policiesNamedBy(
  { workflow: workflowOf, policies: { policies } }: Pick<SalesConfig, 'workflow' | 'policies'>,
  workflow: string,
): readonly string[] {
  return (
    workflowOf(workflow)?.policies ??
    policies.flatMap(({ namedOnly, name }) => (namedOnly === true ? [name] : []))
  )
}

/** Finds it in the active configuration, without a round trip when that is known. */
export interface SendContexts {
  /** Throws what the configuration's store throws. */
  contextOf(command: Command): Promise<SendContext>
}
