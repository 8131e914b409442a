import type { Operator } from '../../app/operator.ts'
import { shortDuration } from '../text/relative-time.ts'

type OutboxFence = NonNullable<Awaited<ReturnType<Operator['messages']['outboxStats']>>['fence']>

/** Who holds publishing back, and for how long already. */
export function fenceText({ ageMs, pid, applicationName, database, state }: OutboxFence): string {
  const who = pid === null ? `prepared transaction '${applicationName}'` : `pid ${pid} (${applicationName})`
  return `${shortDuration(ageMs)}: ${who} in ${database}, ${state}`
}

/** When a pause ends. */
export function untilText(until: string | null): string {
  return until === null ? 'until somebody resumes' : `until ${until}`
}
