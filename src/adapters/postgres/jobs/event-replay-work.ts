import type { EventReplayOptions } from '../../../platform/jobs/event-replays.ts'
import { run } from '../connection/transaction.ts'
import { effectState } from '../dead-letters/letter-work.ts'
import { replayEvent } from '../events/replay-event.ts'
import { writeAudit } from '../platform/write-audit.ts'
import { eventJudgeJoins, eventJudgeValues, eventsLeftAlone, judgeEvent } from './event-selection.ts'
import type { EventLeftAlone } from './event-selection.ts'
import type { ItemWork } from './item-work.ts'

const judgeOne = {
  name: 'event_replay_judge',
  text: `
select ${judgeEvent('$3')} as why
from (select * from event_log where tenant_id = $1 and event_id = $2 limit 1) e ${eventJudgeJoins('$4')}`,
}

/** Processes the events of an `event.replay` job anew. */
export function eventReplayWork(): ItemWork {
  return {
    kind: 'event.replay',
    carryOut: async (client, job, item) => {
      const options = job.options['replay'] as unknown as EventReplayOptions
      const gone = { status: 'skipped', note: 'It is no longer in the log.' } as const
      const [judged] = await run<{ why: EventLeftAlone | null }>(client, judgeOne, [
        job.tenantId,
        item.target,
        ...eventJudgeValues(options),
      ])
      if (judged === undefined) return gone
      if (judged.why !== null) return { status: 'skipped', note: eventsLeftAlone[judged.why] }
      const externalId = `${job.id}#${item.ord}`
      const as = await replayEvent(client, job.tenantId, item.target, { externalId, only: options.rule })
      if (as === null) return gone
      await writeAudit(client, {
        tenantId: job.tenantId,
        actor: job.actor,
        action: 'event.replay',
        target: `event/${item.target}`,
        reason: job.reason,
        before: null,
        after: { as, job: job.id, rule: options.rule },
      })
      return { status: 'done', note: as }
    },
    settled: async (client, job, item) => await effectState(client, job.tenantId, item.note),
  }
}
