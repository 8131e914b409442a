import type { AlertSeverity } from './alert.ts'

/** What each alert is and how bad. The runbook in docs/operations.md has an entry for each. */
export const alertCodes = {
  'NX-ALERT-IN-DOUBT': { severity: 'warning', title: 'Nobody knows whether calls took effect' },
  'NX-ALERT-LANES-OVERDUE': { severity: 'warning', title: 'Commands that could be sent are not' },
  'NX-ALERT-LANES-BLOCKED': { severity: 'warning', title: 'Commands have been failing for an hour' },
  'NX-ALERT-DEAD-LETTERS': { severity: 'warning', title: 'There are open dead letters' },
  'NX-ALERT-WEBHOOK-SHAPE': { severity: 'critical', title: 'A vendor sends what nothing knows how to read' },
  'NX-ALERT-WEBHOOKS-LOST': { severity: 'warning', title: 'Webhooks of an integration do not arrive' },
  'NX-ALERT-RECONCILE': { severity: 'warning', title: 'Nothing looks for lost webhooks of an integration' },
  'NX-ALERT-CREDENTIALS': { severity: 'critical', title: 'An integration refuses its credentials' },
  'NX-ALERT-CREDENTIALS-ENDING': {
    severity: 'warning',
    title: 'The login of an integration is about to end',
  },
  'NX-ALERT-BREAKER-OPEN': { severity: 'warning', title: 'An integration is down' },
  'NX-ALERT-RULE-TRIPPED': { severity: 'warning', title: 'A rule fails; what it would do is parked' },
  'NX-ALERT-FENCE': { severity: 'critical', title: 'A transaction holds publishing back' },
  'NX-ALERT-UNPUBLISHED': { severity: 'critical', title: 'Committed events are not published' },
  'NX-ALERT-PUBLISH-REFUSED': {
    severity: 'critical',
    title: 'The bus refuses an event; its shard stands still',
  },
  'NX-ALERT-LOOP-LATE': { severity: 'critical', title: 'A background loop has stopped working' },
  'NX-ALERT-SHARD-UNOWNED': { severity: 'critical', title: 'Nobody works on some shards' },
  'NX-ALERT-PARTITIONS': { severity: 'critical', title: 'Partitions for the coming days are missing' },
  'NX-ALERT-OUTBOX-PAUSED': { severity: 'warning', title: 'Publishing has been paused for long' },
  'NX-ALERT-JOB-PAUSED': { severity: 'warning', title: 'A job has paused itself' },
  'NX-ALERT-BUS-REPAIRED': { severity: 'warning', title: 'The bus lost events; they were published again' },
  'NX-ALERT-CONSUMER-AHEAD': { severity: 'critical', title: 'A consumer is ahead of its stream' },
  'NX-ALERT-DISK': { severity: 'critical', title: 'The disk is nearly full' },
  'NX-ALERT-CLOCK-SKEW': { severity: 'warning', title: 'A clock is wrong' },
  'NX-ALERT-RESTORED': { severity: 'critical', title: 'The database comes from another cluster' },
  'NX-ALERT-WATCH-LIMIT': { severity: 'warning', title: 'There is more trouble than the watch lists' },
  'NX-ALERT-ROUTE-BROKEN': { severity: 'warning', title: 'An alert could not be sent' },
  'NX-ALERT-ROLLOUT-BACK': { severity: 'critical', title: 'A configuration was rolled back' },
  'NX-ALERT-ROLLOUT-HELD': { severity: 'warning', title: 'A rollout is held' },
  'NX-ALERT-ROLLOUT-APPROVAL': { severity: 'warning', title: 'A rollout waits for an approval' },
  'NX-ALERT-ROLLOUT-FAILED': { severity: 'warning', title: 'A rollout could not start' },
  'NX-ALERT-SOURCE': { severity: 'warning', title: 'A configuration source is not followed' },
} as const satisfies Readonly<Record<string, { severity: AlertSeverity; title: string }>>

export type AlertCode = keyof typeof alertCodes

export const allAlertCodes = Object.keys(alertCodes) as readonly AlertCode[]
