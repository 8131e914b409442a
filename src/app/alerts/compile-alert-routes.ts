import { alertRouteShape, inputOf } from '../../control-plane/alert-routes/alert-route-kind.ts'
import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { parseDuration } from '../../kernel/duration.ts'
import type { RouteTerms } from '../../platform/alerts/due-occurrence.ts'
import type { IntegrationCatalog, OperationInfo } from '../../sales-core/decide/sales-config.ts'
import type { ValueTemplate } from '../../sales-core/templates/compile-value.ts'
import { compileAlertInput } from './alert-input.ts'

/** An AlertRoute as it applies to one tenant. */
export interface CompiledAlertRoute {
  readonly terms: RouteTerms
  /** The slug of the tenant that sends the installation's own alerts; null: the route is for the alerts of tenants. */
  readonly through: string | null
  /** null: the active configuration has no such integration, operation or channel. */
  readonly operation: OperationInfo | null
  readonly input: ValueTemplate
}

/** The AlertRoute documents of a set, ready to use. The set passed validation. */
export function compileAlertRoutes(
  set: DocumentSet,
  catalog: IntegrationCatalog,
): readonly CompiledAlertRoute[] {
  return set.ofKind(alertRouteShape).map(({ spec }) => ({
    terms: {
      name: spec.name,
      severities: spec.match.severities ?? null,
      codes: spec.match.codes ?? null,
      repeatEveryMs: spec.repeatEvery === undefined ? null : parseDuration(spec.repeatEvery),
      resolved: spec.resolved,
    },
    through: spec.through ?? null,
    operation:
      'channel' in spec.send
        ? catalog.channel(spec.send.channel)
        : catalog.operation(spec.send.integration, spec.send.operation),
    input: compileAlertInput(inputOf(spec.send)),
  }))
}
