import { expect } from 'chai'
import { MemoryEntityStore } from '../../../fakes/log/memory-entity-store.ts'
import { MemoryTimers } from '../../../fakes/log/memory-timers.ts'
import type { Decision } from '../../../../src/sales-core/decide/decision.ts'
import { shrink } from '../shrink.ts'
import { simulate } from '../simulate.ts'
import type { Models } from '../world/simulated-database.ts'
import { SimulatedSchedules } from '../world/simulated-schedules.ts'

/** `npm run test:simulation -- --language --seeds N` plays as many as are asked for. */
const seeds = 12

async function firstFound(models: Models): Promise<string> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate({ seed, models, sales: 'language' })
    if (violations.length > 0) return violations.join('\n')
  }
  return ''
}

function withoutMarks(decision: Decision): Decision {
  const { marks: _marks, ...trace } = decision.trace
  return { ...decision, trace }
}

describe('the simulation of the language', function () {
  this.timeout(120_000)

  it(`keeps what rules, workflows, schedules and teams promise over ${seeds} schedules of faults`, async () => {
    let crashes = 0
    for (let seed = 1; seed <= seeds; seed += 1) {
      const report = await simulate({ seed, sales: 'language' })
      crashes += report.crashes
      if (report.violations.length === 0) continue
      const { schedule, history, violations } = await shrink({ seed, sales: 'language' })
      const again = `npm run test:simulation -- --language --seed ${seed}`
      expect.fail([again, JSON.stringify(schedule), ...history, ...violations].join('\n'))
    }
    expect(crashes).to.be.above(0)
  })

  it('keeps them where daemons die in the middle of a decision, and between commit and acknowledgement', async () => {
    for (const point of ['consumer.mid_transaction', 'consumer.after_commit'] as const) {
      const { violations, crashes } = await simulate({ seed: 2, point, sales: 'language' })
      expect(violations, `--point ${point} --seed 2`).to.deep.equal([])
      expect(crashes, point).to.be.above(0)
    }
  })

  it('plays a seed again in exactly the same way', async () => {
    const play = async () => await simulate({ seed: 4, sales: 'language' })
    expect(await play()).to.deep.equal(await play())
  })

  it('finds timers that are forgotten when they are fired and nothing comes of it', async () => {
    class Forgetful extends MemoryTimers {
      #fired = 0
      override async fireDue(...given: Parameters<MemoryTimers['fireDue']>): Promise<number> {
        this.#fired += 1
        if (this.#fired % 5 === 0) this.forget()
        return await super.fireDue(...given)
      }
    }
    expect(await firstFound({ timers: Forgetful })).to.match(/L1: \w+ of .* waits at/)
  })

  it('finds decisions that are written without what the entity remembers', async () => {
    class Oblivious extends MemoryEntityStore {
      override apply(...[events, leases, decideAll, steps]: Parameters<MemoryEntityStore['apply']>) {
        const forgetful: typeof decideAll = async (loaded, teams) =>
          await decideAll(
            loaded.map((one) => ({ ...one, entity: { ...one.entity, marks: {} } })),
            teams,
          )
        return super.apply(events, leases, forgetful, steps)
      }
    }
    expect(await firstFound({ entities: Oblivious })).to.match(/L5: once fired [2-9]/)
  })

  it('finds a schedule whose first run is skipped', async () => {
    class Late extends SimulatedSchedules {
      #due = 0
      override turn(...[due, turn, steps]: Parameters<SimulatedSchedules['turn']>) {
        const skips: typeof turn.due = (row) => {
          this.#due += 1
          return { ...turn.due(row), ...(this.#due === 1 ? { run: null } : {}) }
        }
        return super.turn(due, { ...turn, due: skips }, steps)
      }
    }
    expect(await firstFound({ schedules: Late })).to.match(/L7: runs of \d+ instead of \d+,\d+/)
  })

  it('finds a schedule that makes nothing of its second pages', async () => {
    class Brief extends SimulatedSchedules {
      override turn(...[due, turn, steps]: Parameters<SimulatedSchedules['turn']>) {
        const page: typeof turn.page = (run, visited, nowMs) =>
          turn.page(run, run.cursor === null ? visited : [], nowMs)
        return super.turn(due, { ...turn, page }, steps)
      }
    }
    expect(await firstFound({ schedules: Brief })).to.match(/L7: the run of .* left lead\/3 out/)
  })

  it('finds a throttle that does not remember until when', async () => {
    class Endless extends MemoryEntityStore {
      override apply(...[events, leases, decideAll, steps]: Parameters<MemoryEntityStore['apply']>) {
        const timeless: typeof decideAll = async (loaded, teams) =>
          (await decideAll(loaded, teams)).map((outcome) =>
            outcome.state === 'decided' ? { ...outcome, decision: withoutMarks(outcome.decision) } : outcome,
          )
        return super.apply(events, leases, timeless, steps)
      }
    }
    expect(await firstFound({ entities: Endless })).to.match(/L5: the throttle fired and does not say/)
  })
})
