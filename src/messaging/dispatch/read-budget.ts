import type { CallReport } from '../commands/gate.ts'

/** Of what an integration may be called a second, by all daemons together. */
export interface ReadLimits {
  readonly perSecond: number
  readonly burst: number
}

export type ReadPermit =
  | { readonly state: 'granted' }
  | {
      readonly state: 'wait'
      readonly waitMs: number
      /** Code of why the gate is shut; null: commands need what is left of the budget. */
      readonly reason: string | null
    }

/**
 * The budget of an integration as reads see it: the one that commands take from, with a fifth of it left to them. While its gate is
 * shut nothing is granted, nor in the minute in which commands find out whether they go out again; no read is their probe.
 */
export interface ReadBudget {
  /** Takes one call. Throws NX-DB-…. */
  take(tenantId: string, integration: string, limits: ReadLimits): Promise<ReadPermit>
  /** What a call told of the budget. Throws NX-DB-…. */
  report(tenantId: string, integration: string, report: CallReport): Promise<void>
}
