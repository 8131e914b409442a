import type { Finding } from '../documents/finding.ts'

/** What a daemon does when somebody changed by another way what a source had applied. */
export type DriftPolicy = 'report' | 'restore'

/** A repository's branch or a directory that daemons follow. No credentials. */
export interface ConfigSource {
  /** Lower-case letters, digits and dashes; unique in the installation. */
  readonly name: string
  readonly from:
    | {
        readonly kind: 'git'
        /** A URL without credentials, or an absolute path. */
        readonly location: string
        readonly branch: string
        /** The configuration's folder below the root, `.` for the root itself. */
        readonly path: string
      }
    | { readonly kind: 'directory'; /** Absolute. */ readonly location: string }
  /** From one look to the next, milliseconds. */
  readonly intervalMs: number
  readonly onDrift: DriftPolicy
  /** Kept with each change; null: the commit and its subject. */
  readonly reason: string | null
}

/**
 * How a source stands. `waiting`: nobody has looked yet. `in_sync`: what it holds is active. `pending`: it waits for somebody.
 * `rolling`: a rollout has it. `quarantined`: what it holds did harm or was rolled back, and is not tried again. `drifted`: somebody
 * applied something else since. `broken`: what it holds cannot be applied. `unreachable`: it cannot be read. In the last four the last
 * good revision stays active.
 */
export type SourceState =
  'waiting' | 'in_sync' | 'pending' | 'rolling' | 'quarantined' | 'drifted' | 'broken' | 'unreachable'

/** What is remembered of a source from one look to the next. */
export interface SourceMemory {
  /** The version that was looked at last. */
  readonly seen: string | null
  /** The last version that could be planned, with the digest that each scope has in it. */
  readonly wanted: { readonly version: string; readonly scopes: Readonly<Record<string, string>> } | null
  /** The last version that was applied (or found to be active). */
  readonly applied: { readonly version: string; /** RFC 3339. */ readonly at: string } | null
  /** A plan that waits for approval. */
  readonly planId: string | null
  readonly rollouts: readonly string[]
  /** Scope -> the digest of somebody else's that was replaced once: it is not fought a second time. */
  readonly restored: Readonly<Record<string, string>>
  /** Failures in a row. */
  readonly attempts: number
  /** What is broken is not tried again before. RFC 3339. */
  readonly retryAt: string | null
}

export const emptyMemory: SourceMemory = {
  seen: null,
  wanted: null,
  applied: null,
  planId: null,
  rollouts: [],
  restored: {},
  attempts: 0,
  retryAt: null,
}

/** What a look at a source came to. */
export interface SourceOutcome {
  readonly state: SourceState
  /** Of a failure: `NX-…`. */
  readonly code: string | null
  readonly message: string
  readonly findings: readonly Finding[]
  readonly memory: SourceMemory
}

/** How many findings of a broken version are kept. */
export const findingsKept = 50

/** A source as everybody sees it. */
export interface SourceStatus extends SourceOutcome {
  readonly name: string
  readonly from: ConfigSource['from']
  readonly intervalMs: number
  readonly onDrift: DriftPolicy
  /** When it came into this state. RFC 3339. */
  readonly since: string
  /** The last look that came to an end. */
  readonly lookedAt: string | null
  readonly dueAt: string
  readonly syncRequestedAt: string | null
  /** The daemon that follows it, while its lease holds. */
  readonly followedBy: string | null
}
