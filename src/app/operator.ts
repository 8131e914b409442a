import type { Clock } from '../kernel/clock.ts'
import type { CommandControl } from '../messaging/commands/command-control.ts'
import type { IntegrationControl } from '../messaging/commands/integration-control.ts'
import type { ReadBudget } from '../messaging/dispatch/read-budget.ts'
import type { DispatchReader } from '../messaging/commands/dispatch-reader.ts'
import type { EventIntakeStore, IntakeRehearsal } from '../messaging/intake/event-intake.ts'
import type { MessagingReader } from '../messaging/reading/event-reader.ts'
import type { OutboxControl } from '../messaging/relay/outbox-control.ts'
import type { Actor } from '../platform/access/actor.ts'
import type { TokenStore } from '../platform/access/token-store.ts'
import type { AlertStore } from '../platform/alerts/alert-store.ts'
import type { DeadLetterOperations } from '../platform/dead-letters/dead-letter-operations.ts'
import type { DeadLetterReplayer } from '../platform/dead-letters/dead-letter-replayer.ts'
import type { DeadLetterTransfer } from '../platform/dead-letters/dead-letter-transfer.ts'
import type { CommandCancellations } from '../platform/jobs/command-cancellations.ts'
import type { EventReplays } from '../platform/jobs/event-replays.ts'
import type { Job } from '../platform/jobs/job.ts'
import type { JobStore } from '../platform/jobs/job-store.ts'
import type { OutboxReplays } from '../platform/jobs/outbox-replays.ts'
import type { CredentialStore } from '../platform/credentials/credential-store.ts'
import type { DataKeyStore, KeyRotationStore } from '../platform/secrets/data-key-store.ts'
import type { ReconcileStore } from '../platform/reconcile/reconcile-store.ts'
import type { SecretStore } from '../platform/secrets/secret-store.ts'
import type { TenantStore } from '../platform/tenants/tenant-store.ts'
import type { TrafficReader } from '../control-plane/plan/make-plan.ts'
import type { PlanStore } from '../control-plane/revisions/plan-store.ts'
import type { QuarantineStore } from '../control-plane/revisions/quarantine.ts'
import type { SourceStore } from '../control-plane/sources/source-store.ts'
import type { RevisionStore } from '../control-plane/revisions/revision-store.ts'
import type { RolloutStore } from '../control-plane/rollout/rollout-store.ts'
import type { RecordedPast } from '../sales-core/backtest/recorded-events.ts'
import type { EntityReader } from '../sales-core/reading/entity-reader.ts'
import type { TaskReader } from '../sales-core/reading/task-reader.ts'
import type { WorkflowReader } from '../sales-core/reading/workflow-reader.ts'
import type { WorkflowOperations } from '../sales-core/workflows/operations/workflow-operations.ts'
import type { BreakerControl } from '../sales-core/processing/breakers/breaker-control.ts'
import type { StateJobs } from '../sales-core/state/state-jobs.ts'
import type { ScoreRecomputes } from '../sales-core/scoring/score-recomputes.ts'
import type { ScheduleControl } from '../sales-core/schedules/schedule-control.ts'

/**
 * What a command of the CLI works with: the stores of one installation over a small connection pool, and who is asking.
 * Opened by `openOperator` (src/app/open-operator.ts), which checks the schema and the role; closed with it.
 */
export interface Operator extends AsyncDisposable {
  readonly actor: Actor
  readonly clock: Clock
  readonly tenants: TenantStore
  readonly tokens: TokenStore
  readonly secrets: SecretStore
  readonly dataKeys: DataKeyStore & KeyRotationStore
  readonly credentials: CredentialStore
  readonly revisions: RevisionStore
  readonly plans: PlanStore
  readonly sources: SourceStore
  readonly quarantine: QuarantineStore
  readonly rollouts: RolloutStore
  readonly traffic: TrafficReader
  readonly intake: EventIntakeStore
  readonly rehearsal: IntakeRehearsal
  readonly reconcile: ReconcileStore
  readonly readBudget: ReadBudget
  readonly messages: MessagingReader
  readonly commandControl: CommandControl
  readonly dispatch: DispatchReader
  readonly integrationControl: IntegrationControl
  readonly entities: EntityReader
  readonly tasks: TaskReader
  readonly workflows: WorkflowReader
  readonly workflowOperations: WorkflowOperations
  readonly recordedPast: RecordedPast
  readonly outboxControl: OutboxControl
  readonly deadLetters: DeadLetterReplayer
  readonly alerts: AlertStore
  readonly letters: DeadLetterOperations & DeadLetterTransfer
  readonly jobs: JobStore
  readonly eventReplays: EventReplays
  readonly stateJobs: StateJobs
  readonly scoreRecomputes: ScoreRecomputes
  readonly commandCancellations: CommandCancellations
  readonly outboxReplays: OutboxReplays
  readonly schedules: ScheduleControl
  readonly breakers: BreakerControl
  /**
   * Works on a job until it ends or is paused, or until the signal is aborted: then what is under way is finished first. Where this
   * process cannot do what the job needs (`outbox.replay` has no bus here), or somebody else holds it, it follows the row.
   * `onProgress` is told at every change that is seen. Resolves with the job as it then stands. Throws NX-JOB-NOT-FOUND.
   */
  runJob(
    tenantId: string | null,
    jobId: string,
    onProgress: (job: Job) => void,
    signal: AbortSignal,
  ): Promise<Job>
}
