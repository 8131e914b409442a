import type { Failures } from './load-generator.ts'
import type { Verdict } from './measurement.ts'
import type { SinkCount } from './sink.ts'

/** A run counts only when every request was accepted and the sink heard of every lead exactly once. */
export function verdictOf(expected: number, count: SinkCount, failures: Failures): Verdict {
  const reasons: string[] = []
  if (failures.count > 0)
    reasons.push(`${failures.count} requests were not accepted, the first: ${failures.first}`)
  if (count.distinct < expected)
    reasons.push(`${expected - count.distinct} of ${expected} leads never reached the sink`)
  if (count.repeated > 0) reasons.push(`${count.repeated} calls repeated a lead`)
  if (count.strange > 0) reasons.push(`${count.strange} calls were about no lead of the run`)
  return reasons.length === 0 ? { state: 'ok' } : { state: 'failed', reasons }
}
