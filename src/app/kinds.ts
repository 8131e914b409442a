import { integrationKind } from '../adapters/connectors/integration-kind.ts'
import { alertRouteKind } from '../control-plane/alert-routes/alert-route-kind.ts'
import type { DocumentKind } from '../control-plane/documents/document-kind.ts'
import { fleetKind } from '../control-plane/fleet/fleet-kind.ts'
import { limitsKind } from '../control-plane/limits/limits-kind.ts'
import { entityTypeKind } from '../sales-core/kinds/entity-type-kind.ts'
import { eventTypeKind } from '../sales-core/kinds/event-type-kind.ts'
import { leadScoreKind } from '../sales-core/kinds/lead-score-kind.ts'
import { ruleSetKind } from '../sales-core/kinds/rule-set-kind.ts'
import { testKind } from '../sales-core/kinds/test-kind.ts'
import { workflowKind } from '../sales-core/kinds/workflow-kind.ts'
import { checkAlertInput } from './alerts/alert-input.ts'

/** Every kind of document that this version carries out. The one place that knows them all. */
export const documentKinds: readonly DocumentKind[] = [
  fleetKind,
  entityTypeKind,
  eventTypeKind,
  ruleSetKind,
  leadScoreKind,
  workflowKind,
  testKind,
  integrationKind,
  alertRouteKind(checkAlertInput),
  limitsKind,
] as readonly DocumentKind[]
