import type pg from 'pg'
import type { Clock } from '../../kernel/clock.ts'
import { noCrashPoints } from '../../kernel/crash-points.ts'
import type { CrashPoints } from '../../kernel/crash-points.ts'
import { PostgresAlertNoticeStore } from './alerts/postgres-alert-notice-store.ts'
import { PostgresAlertStore } from './alerts/postgres-alert-store.ts'
import { PostgresInstallationFacts } from './alerts/postgres-installation-facts.ts'
import { PostgresCommandControl } from './command-control/postgres-command-control.ts'
import { PostgresDispatchReader } from './command-control/postgres-dispatch-reader.ts'
import { PostgresIntegrationControl } from './command-control/postgres-integration-control.ts'
import { PostgresFailoverQueue } from './command-control/postgres-failover-queue.ts'
import { PostgresRefusedGates } from './command-control/postgres-refused-gates.ts'
import { PostgresDoubtQueue } from './command-control/postgres-doubt-queue.ts'
import { PostgresCommandQueue } from './commands/postgres-command-queue.ts'
import { PostgresQuotaLedger } from './commands/sends/postgres-quota-ledger.ts'
import { PostgresScoreRecomputes } from './projections/postgres-score-recomputes.ts'
import { PostgresStateJobs } from './projections/postgres-state-jobs.ts'
import { PostgresSendLedger } from './commands/sends/postgres-send-ledger.ts'
import { PostgresSentMessages } from './commands/sends/postgres-sent-messages.ts'
import { PostgresDeadLetterOperations } from './dead-letters/postgres-dead-letter-operations.ts'
import { PostgresDeadLetterReplayer } from './dead-letters/postgres-dead-letter-replayer.ts'
import { PostgresBreakerControl } from './decisions/postgres-breaker-control.ts'
import { PostgresDecisionStore } from './decisions/postgres-decision-store.ts'
import { postgresTimers } from './decisions/postgres-timers.ts'
import { PostgresCredentialStore } from './credentials/postgres-credential-store.ts'
import { PostgresDataKeyStore } from './credentials/postgres-data-key-store.ts'
import { PostgresDirectoryStore } from './platform/postgres-directory-store.ts'
import { PostgresEntityReader } from './reading/postgres-entity-reader.ts'
import { PostgresEventIntakeStore } from './events/postgres-event-intake-store.ts'
import { PostgresEventLogOutbox } from './events/postgres-event-log-outbox.ts'
import { jobHandlers } from './jobs/job-handlers.ts'
import type { JobHandlerOptions } from './jobs/job-handlers.ts'
import { PostgresCommandCancellations } from './jobs/postgres-command-cancellations.ts'
import { PostgresEventReplays } from './jobs/postgres-event-replays.ts'
import { PostgresJobLeases } from './jobs/postgres-job-leases.ts'
import { PostgresJobStore } from './jobs/postgres-job-store.ts'
import { PostgresOutboxReplays } from './jobs/outbox/postgres-outbox-replays.ts'
import { PostgresLogRetention } from './retention/postgres-log-retention.ts'
import { PostgresMessagingReader } from './reading/postgres-messaging-reader.ts'
import { PostgresTrafficReader } from './reading/postgres-traffic-reader.ts'
import { PostgresOutboxControl } from './events/postgres-outbox-control.ts'
import { PostgresOverdueEvents } from './events/postgres-overdue-events.ts'
import { PostgresPlanStore } from './plans/postgres-plan-store.ts'
import { PostgresQuarantineStore } from './plans/postgres-quarantine-store.ts'
import { PostgresRecordedPast } from './backtest/postgres-recorded-past.ts'
import { PostgresReadBudget } from './commands/postgres-read-budget.ts'
import { PostgresReconcileStore } from './reconcile/postgres-reconcile-store.ts'
import { PostgresRevisionStore } from './platform/postgres-revision-store.ts'
import { PostgresRolloutStore } from './rollout/postgres-rollout-store.ts'
import { PostgresScheduleControl } from './schedules/postgres-schedule-control.ts'
import { PostgresScheduleStore } from './schedules/postgres-schedule-store.ts'
import { PostgresSecretStore } from './platform/postgres-secret-store.ts'
import { PostgresSourceStore } from './sources/postgres-source-store.ts'
import { PostgresShardLeaseStore } from './events/postgres-shard-lease-store.ts'
import { PostgresTenantStore } from './platform/postgres-tenant-store.ts'
import { PostgresEventStarts } from './decisions/postgres-event-starts.ts'
import { PostgresRuleBreakers } from './decisions/postgres-rule-breakers.ts'
import { PostgresTaskReader } from './people/postgres-task-reader.ts'
import { PostgresTokenStore } from './platform/postgres-token-store.ts'
import { PostgresFollowStore } from './workflows/postgres-follow-store.ts'
import { PostgresWorkflowOperations } from './workflows/postgres-workflow-operations.ts'
import { PostgresWorkflowReader } from './workflows/postgres-workflow-reader.ts'

/** Pools by role: see migrations/0001. */
export interface Pools {
  readonly app: pg.Pool
  readonly relay: pg.Pool
  readonly control: pg.Pool
  /** As neuronx_relay, for heartbeats alone: short limits, and never behind other work. */
  readonly heartbeat: pg.Pool
}

/** Every store of an installation. */
export type Stores = ReturnType<typeof openStores>

/** The stores over these pools; nothing is connected yet. */
export function openStores(pools: Pools, clock: Clock, crashPoints: CrashPoints = noCrashPoints) {
  return {
    intake: new PostgresEventIntakeStore(pools.app, crashPoints),
    outbox: new PostgresEventLogOutbox(pools),
    outboxControl: new PostgresOutboxControl(pools.control),
    retention: new PostgresLogRetention(pools),
    overdue: new PostgresOverdueEvents(pools.relay),
    shardLeases: new PostgresShardLeaseStore(pools.heartbeat),
    decisions: new PostgresDecisionStore(pools.app, crashPoints),
    eventStarts: new PostgresEventStarts(pools.app),
    schedules: new PostgresScheduleStore(pools, crashPoints),
    scheduleControl: new PostgresScheduleControl(pools.app),
    ruleBreakers: new PostgresRuleBreakers(pools, clock),
    breakerControl: new PostgresBreakerControl(pools.app),
    timers: postgresTimers(pools, clock),
    commands: new PostgresCommandQueue(pools, clock, crashPoints),
    doubts: new PostgresDoubtQueue(pools, clock),
    failover: new PostgresFailoverQueue(pools, clock),
    refusedGates: new PostgresRefusedGates(pools),
    sendLedger: new PostgresSendLedger(pools.app),
    sentMessages: new PostgresSentMessages(pools.app),
    commandQuotas: new PostgresQuotaLedger(pools.app),
    commandControl: new PostgresCommandControl(pools.app, clock),
    dispatch: new PostgresDispatchReader(pools.app),
    integrationControl: new PostgresIntegrationControl(pools.app),
    tenants: new PostgresTenantStore(pools.control),
    tokens: new PostgresTokenStore(pools.control),
    directory: new PostgresDirectoryStore(pools.control),
    secrets: new PostgresSecretStore(pools),
    dataKeys: new PostgresDataKeyStore(pools),
    credentials: new PostgresCredentialStore(pools),
    readBudget: new PostgresReadBudget(pools.relay),
    reconcile: new PostgresReconcileStore(pools),
    revisions: new PostgresRevisionStore(pools),
    plans: new PostgresPlanStore(pools.control),
    sources: new PostgresSourceStore(pools.control),
    quarantine: new PostgresQuarantineStore(pools),
    rollouts: new PostgresRolloutStore(pools),
    traffic: new PostgresTrafficReader(pools.app),
    messages: new PostgresMessagingReader(pools),
    alerts: new PostgresAlertStore(pools),
    alertNotices: new PostgresAlertNoticeStore(pools),
    installation: new PostgresInstallationFacts(pools.relay),
    entities: new PostgresEntityReader(pools.app),
    tasks: new PostgresTaskReader(pools.app),
    workflows: new PostgresWorkflowReader(pools.app),
    workflowOperations: new PostgresWorkflowOperations(pools.app),
    workflowFollow: new PostgresFollowStore(pools),
    recordedPast: new PostgresRecordedPast(pools.app),
    deadLetters: new PostgresDeadLetterReplayer(pools.app, clock),
    letters: new PostgresDeadLetterOperations(pools.app, clock),
    jobs: new PostgresJobStore(pools),
    jobLeases: new PostgresJobLeases(pools.relay),
    eventReplays: new PostgresEventReplays(pools.app),
    stateJobs: new PostgresStateJobs(pools.app),
    scoreRecomputes: new PostgresScoreRecomputes(pools.app),
    commandCancellations: new PostgresCommandCancellations(pools.app),
    outboxReplays: new PostgresOutboxReplays(pools),
    /** What a process can do for jobs, with what it has beside the database. */
    jobHandlers: (given: Pick<JobHandlerOptions, 'translator' | 'bus' | 'configs'>) =>
      jobHandlers({
        pools,
        clock,
        crashPoints,
        control: new PostgresCommandControl(pools.app, clock),
        ...given,
      }),
  }
}
