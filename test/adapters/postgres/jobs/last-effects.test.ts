import { expect } from 'chai'
import { eventReplayWork } from '../../../../src/adapters/postgres/jobs/event-replay-work.ts'
import { ItemJobHandler } from '../../../../src/adapters/postgres/jobs/item-job-handler.ts'
import { querySuperuser } from '../../../support/database.ts'
import { testRunner, workOff } from '../../../support/stores/jobs.ts'
import { replayJob } from '../../../support/stores/replay-job.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'

describe('ItemJobHandler at the end of a job', () => {
  let opened: TestQueue
  before(async () => {
    opened = await openTestQueue()
  })
  after(async () => opened.close())

  it('does not call done what failed again right after it was put back to work', async () => {
    const job = await replayJob(opened.database, 3)
    let asked = 0
    const handler = new ItemJobHandler(opened.pool, {
      ...eventReplayWork(),
      settled: async (_client, _job, { ord }) => {
        if (ord !== 2) return 'done'
        asked += 1
        return asked < 3 ? 'pending' : 'failed'
      },
    })
    await querySuperuser(
      opened.test,
      `insert into daemon (id, host, version, lease_ms) values ('alive', 'h', '1', 600000)`,
    )
    const ended = await workOff(opened.database, testRunner(opened.database, { handlers: [handler] }), job)
    await querySuperuser(opened.test, `delete from daemon where id = 'alive'`)
    expect(ended.status).to.equal('partly_failed')
    expect(ended.counts).to.deep.equal({ total: 3, done: 2, skipped: 0, failed: 1 })
    expect(ended.firstError).to.match(/^It was put back to work and failed/)
  })

  it('does not wait for effects when no daemon could bring them about', async () => {
    const job = await replayJob(opened.database, 3)
    let asked = 0
    const handler = new ItemJobHandler(opened.pool, {
      ...eventReplayWork(),
      settled: async () => {
        asked += 1
        return 'pending'
      },
    })
    const ended = await workOff(opened.database, testRunner(opened.database, { handlers: [handler] }), job)
    expect(ended.status).to.equal('succeeded')
    expect(asked).to.equal(3)
  })
})
