import { parseDuration } from '../../../kernel/duration.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import type { ReconcilePlan } from '../integration.ts'
import { bringsOperations } from '../integration-schema.ts'
import type { IntegrationSpec } from '../integration-schema.ts'

/** What of a document is polled. Null: it does not ask for it, and then its deliveries are not compared with anything read. */
export function reconcilePlanOf(
  spec: IntegrationSpec,
  { reconcile: defined }: Pick<ConnectorDefinition, 'reconcile'>,
): ReconcilePlan | null {
  if (defined === undefined || bringsOperations(spec) || spec.mode === 'disabled') return null
  const { reconcile: given } = spec
  if (given === undefined || given === false) return null
  const { every, streams } = given
  return {
    everyMs: every === undefined ? defined.everyMs : parseDuration(every),
    streams: streams ?? defined.streams.map(({ name }) => name),
    hasWebhooks: spec.webhooks !== undefined,
  }
}
