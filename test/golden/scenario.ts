import type { JsonObject } from '../../src/kernel/json.ts'

/** What happens in a scenario, one after another. */
export type ScenarioStep =
  | {
      readonly happens: string
      readonly data?: JsonObject
      /** Default: the lead of the scenario. `task`: the one that was made last. */
      readonly subject?: { readonly kind: string; readonly id: string } | 'task'
    }
  | { readonly passes: string }
  /** The oldest command of that operation that has no answer. */
  | {
      readonly answers: string
      readonly as: 'succeeded' | 'failed' | 'cancelled'
      readonly with?: JsonObject
    }

/** A small made-up story; documents as `salesConfig` takes them. */
export interface Scenario {
  readonly name: string
  readonly documents: string
  readonly steps: readonly ScenarioStep[]
}

/** `90m`, `2h`, `3d` as milliseconds. */
export function passedMs(text: string): number {
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[text.slice(-1)]
  if (unitMs === undefined) throw new Error(`Not a duration: ${text}`)
  return Number(text.slice(0, -1)) * unitMs
}
