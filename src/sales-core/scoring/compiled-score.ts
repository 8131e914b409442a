import type { Condition } from '../conditions/condition-compiler.ts'

export type CompiledFactor =
  /** A number of the state, looked up in steps: the points of the highest step at or below it. */
  | {
      readonly kind: 'value'
      readonly id: string
      readonly value: Condition
      readonly steps: ReadonlyArray<{ readonly from: number; readonly points: number }>
    }
  /** A condition on the state. */
  | { readonly kind: 'state'; readonly id: string; readonly when: Condition; readonly points: number }
  | EventFactor

/** Points collected with every event that fits. */
export interface EventFactor {
  readonly kind: 'event'
  readonly id: string
  readonly on: string
  readonly when: Condition | null
  readonly points: number
  /** The time in which collected points halve, milliseconds; null: they stay. */
  readonly halfLifeMs: number | null
  /** The most points, up or down, in any window of `perMs` (null: held at once); null: no limit. */
  readonly cap: { readonly points: number; readonly perMs: number | null } | null
}

export interface CompiledBand {
  readonly name: string
  readonly from: number
  /** The band is left when the score falls below this; at most `from`. */
  readonly leaveBelow: number
  readonly emit: string | null
}

/** A score ready to be computed. */
export interface CompiledScore {
  readonly name: string
  /** `LeadScore/<name>`: who writes its field. */
  readonly cause: string
  /** Of what it computes: leads that were scored by another model carry another digest. */
  readonly digest: string
  readonly entityKind: string
  /** Without the entity's kind: `score`. */
  readonly field: string
  readonly min: number
  readonly max: number
  readonly factors: readonly CompiledFactor[]
  /** Do points of any factor decay? */
  readonly fades: boolean
  /** Highest first. */
  readonly bands: readonly CompiledBand[]
}
