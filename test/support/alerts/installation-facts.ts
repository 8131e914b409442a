import type { Alert } from '../../../src/platform/alerts/alert.ts'
import type { InstallationFacts } from '../../../src/platform/alerts/installation-facts.ts'
import { conditionOf } from '../../../src/platform/alerts/observations.ts'
import { allShards } from '../stores/owned-database.ts'

export const factsAt = '2026-03-05T12:00:00.000Z'

/** An installation with nothing wrong, but for what is given. */
export function soundFacts(over: Partial<InstallationFacts> = {}): InstallationFacts {
  return {
    at: factsAt,
    inDoubt: [],
    overdue: [],
    blockedHeads: [],
    letterGroups: [],
    closedGates: [],
    credentials: [],
    reconciles: [],
    trippedRules: [],
    fence: null,
    fenceVisible: true,
    oldestUnpublishedMs: null,
    shardsOwned: allShards,
    daemons: [],
    partitionDaysAhead: 14,
    pausedJobs: [],
    outboxPauses: [],
    ownCluster: true,
    truncated: [],
    ...over,
  }
}

/** An open alert about an integration of a tenant. */
export function openAlert(over: Partial<Alert> = {}): Alert {
  return {
    ...conditionOf('NX-ALERT-BREAKER-OPEN', {
      tenantId: '00000000-0000-0000-0000-00000000000a',
      subject: 'integration/ghl',
      detail: 'ghl has taken no calls for 6m',
      fix: 'wait',
      facts: { integration: 'ghl' },
    }),
    id: '00000000-0000-0000-0000-0000000000a1',
    status: 'open',
    firstAt: factsAt,
    lastAt: factsAt,
    seen: 1,
    acknowledgedBy: null,
    acknowledgedAt: null,
    resolvedAt: null,
    ...over,
  }
}
