import { expect } from 'chai'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import { someLoggedEvent } from '../../support/events.ts'
import { waitingInstance } from '../../support/stores/decisions.ts'
import { ManualClock } from '../manual-clock.ts'
import { MemoryEventLog } from './memory-event-log.ts'
import { MemoryTimers } from './memory-timers.ts'
import { atOnce } from './transaction-steps.ts'

describe('MemoryTimers', () => {
  it('carries on what the event that started an instance belongs to, whatever moved it since, as the database does', async () => {
    const clock = new ManualClock('2026-01-02T00:00:00Z')
    const timers = new MemoryTimers(clock, () => 1)
    const started = someLoggedEvent({ correlationId: 'case-7' })
    const instance = waitingInstance(started, '2026-01-01T00:00:00.000Z')
    const entity = { ref: started.subject, workspace: started.workspace, fields: {} }
    const decision = { entity, instances: [instance], waits: [] } as unknown as Decision
    timers.written(started, decision)
    timers.written(someLoggedEvent({ correlationId: 'another' }), decision)
    const log = new MemoryEventLog({ clock, epochOf: () => '1', appliedSeq: () => 0 })
    expect(await timers.fireDue(log, [1], 10, atOnce)).to.equal(1)
    expect(log.rows[0]?.event).to.include({ correlationId: 'case-7', causationId: started.id })
  })
})
