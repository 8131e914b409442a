import type pg from 'pg'
import type { SettledAttempt } from '../../../../messaging/commands/command-queue.ts'
import { noticeData } from '../../../../messaging/commands/notice-data.ts'
import { depthMax } from '../../../../messaging/events/event.ts'
import { appendEvents } from '../../events/append-events.ts'
import { resultEvent } from '../result-event.ts'

/** Logs what became of messages, beside the results of their commands. One deeper than a chain may go wakes nobody. */
export async function logNotices(
  client: pg.ClientBase,
  attempts: readonly SettledAttempt[],
  now: Date,
): Promise<void> {
  const time = now.toISOString()
  await appendEvents(
    client,
    attempts.flatMap((attempt) => {
      const { leased, notice } = attempt
      if (notice === undefined) return []
      const event = resultEvent(leased, `message.${notice.outcome}`, noticeData(attempt, now), time)
      return [{ event, routed: notice.routed && leased.command.depth < depthMax }]
    }),
  )
}
