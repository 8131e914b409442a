import { isJsonObject } from '../../../kernel/json.ts'
import type { MarkDraft } from '../marks.ts'

/** Commands and events that the rules of one entity may lead to in an hour, unless `Limits` says otherwise. */
export const effectsPerHourMax = 1_000

const hourMs = 3_600_000
const key = 'effects'

/** What the rules of an entity led to in its running hour. */
export interface EffectRate {
  readonly fromMs: number
  /** Commands and events. */
  readonly count: number
  /** Was it told that the cap was reached? */
  readonly told: boolean
}

/** Reads the running hour; a new one begins with the first effect after the last is over. */
export function readEffectRate(marks: Pick<MarkDraft, 'read'>, now: Date): EffectRate {
  const value = marks.read(key)
  if (value === undefined || !isJsonObject(value)) return { fromMs: now.getTime(), count: 0, told: false }
  const { from, n, told } = value
  return { fromMs: Number(from), count: Number(n), told: told === true }
}

export function writeEffectRate(marks: MarkDraft, { fromMs, count, told }: EffectRate): void {
  const until = new Date(fromMs + hourMs).toISOString()
  marks.set(key, { from: fromMs, n: count, ...(told ? { told } : {}) }, until)
}
