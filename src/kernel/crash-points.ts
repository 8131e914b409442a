/**
 * Where a process may die between two steps that belong together. Each name is reached on every pass; in production nothing
 * happens there. Only the fault suite's own entry point fills it in, and kills the process.
 */
export const crashPointNames = [
  'intake.before_commit',
  'intake.after_commit',
  'relay.after_select',
  'relay.mid_batch',
  'relay.after_ack',
  'relay.after_cursor',
  'consumer.before_transaction',
  'consumer.mid_transaction',
  'consumer.after_commit',
  'consumer.after_ack',
  'dispatch.after_claim',
  'dispatch.after_gate',
  'dispatch.after_sent',
  'dispatch.bytes_sent',
  'dispatch.answer_read',
  'dispatch.after_settled',
  'dispatch.mid_dead_letter',
  'job.mid_item',
  'schedule.mid_turn',
  'reconcile.before_cursor',
  'retention.between_detach_and_drop',
  'migrate.mid_migration',
  'rollout.before_judge',
  'rollout.before_commit',
  'rollout.after_commit',
  'rollout.after_nudge',
] as const

export type CrashPointName = (typeof crashPointNames)[number]

/** The port: `reach` returns when the process may go on. */
export interface CrashPoints {
  reach(point: CrashPointName): void
}

/** What runs everywhere but in the fault suite. */
export const noCrashPoints: CrashPoints = { reach: () => {} }
