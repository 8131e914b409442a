import type { SettledAttempt } from '../../../../messaging/commands/command-queue.ts'
import { noticeData } from '../../../../messaging/commands/notice-data.ts'
import { depthMax } from '../../../../messaging/events/event.ts'
import type { Append } from '../../events/append-events.ts'
import { resultEvent } from '../result-event.ts'

/** What became of messages, to be logged beside the results of their commands. One deeper than a chain may go wakes nobody. */
export function noticesOf(attempts: readonly SettledAttempt[], now: Date): readonly Append[] {
  const time = now.toISOString()
  return attempts.flatMap((attempt) => {
    const { leased, notice } = attempt
    if (notice === undefined) return []
    const event = resultEvent(leased, `message.${notice.outcome}`, noticeData(attempt, now), time)
    return [{ event, routed: notice.routed && leased.command.depth < depthMax }]
  })
}
