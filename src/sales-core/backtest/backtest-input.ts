import type { Clock } from '../../kernel/clock.ts'
import type { SalesConfig } from '../compile/sales-config.ts'
import type { CompiledWorkflow } from '../workflows/compiled-workflow.ts'
import type { WorkflowInstance } from '../workflows/workflow-instance.ts'
import type { PastStates, Recording } from './recorded-events.ts'

/** What a backtest works with: two configurations, events, and what is known of the time before them. */
export interface BacktestInput {
  readonly tenant: { readonly id: string | null; readonly slug: string }
  readonly workspace: string
  readonly baseline: SalesConfig
  readonly candidate: SalesConfig
  readonly recording: Recording
  readonly past: PastStates
  /** Definitions that instances of before the recording are pinned to and that `config` lacks, by digest. */
  definitionsOf(
    instances: readonly WorkflowInstance[],
    config: SalesConfig,
  ): Promise<ReadonlyMap<string, CompiledWorkflow>>
  readonly clock: Pick<Clock, 'monotonicMs'>
}
