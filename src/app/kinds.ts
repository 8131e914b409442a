import { integrationEchoes } from '../adapters/connectors/catalog/integration-echoes.ts'
import { integrationKind } from '../adapters/connectors/integration-kind.ts'
import { templateProblems } from '../adapters/connectors/messages/template-problems.ts'
import { alertRouteKind } from '../control-plane/alert-routes/alert-route-kind.ts'
import type { DocumentKind } from '../control-plane/documents/document-kind.ts'
import { featureFlagsKind } from '../control-plane/flags/flags-kind.ts'
import { fleetKind } from '../control-plane/fleet/fleet-kind.ts'
import { limitsKind } from '../control-plane/limits/limits-kind.ts'
import { rolloutPolicyKind } from '../control-plane/rollout/policy/rollout-policy-kind.ts'
import { entityTypeKind } from '../sales-core/kinds/entity-type-kind.ts'
import { eventTypeKind } from '../sales-core/kinds/event-type-kind.ts'
import { leadScoreKind } from '../sales-core/kinds/lead-score-kind.ts'
import { policyKind } from '../sales-core/kinds/outreach/policy-kind.ts'
import { scheduleKind } from '../sales-core/kinds/outreach/schedule-kind.ts'
import { templateKindWith } from '../sales-core/kinds/outreach/template-kind.ts'
import { calendarKind } from '../sales-core/kinds/people/calendar-kind.ts'
import { teamKind } from '../sales-core/kinds/people/team-kind.ts'
import { ruleSetKindWith } from '../sales-core/kinds/rule-set-kind.ts'
import { testKind } from '../sales-core/kinds/test-kind.ts'
import { workflowKind } from '../sales-core/kinds/workflow-kind.ts'
import { checkAlertInput } from './alerts/alert-input.ts'

/** Every kind of document that this version knows; each says whether it is carried out. The one place that knows them all. */
export const documentKinds: readonly DocumentKind[] = [
  fleetKind,
  entityTypeKind,
  eventTypeKind,
  ruleSetKindWith(integrationEchoes),
  leadScoreKind,
  workflowKind,
  testKind,
  integrationKind,
  alertRouteKind(checkAlertInput),
  limitsKind,
  featureFlagsKind,
  rolloutPolicyKind,
  teamKind,
  calendarKind,
  templateKindWith(templateProblems),
  scheduleKind,
  policyKind,
] as readonly DocumentKind[]
