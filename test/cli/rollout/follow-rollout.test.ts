import { expect } from 'chai'
import { statusOf } from '../../../src/app/rollout/describe-rollout.ts'
import { followRollout } from '../../../src/cli/rollout/follow-rollout.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { RolloutState } from '../../../src/control-plane/rollout/state/rollout-state.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { reportedRollout } from '../../support/rollout/reported-rollout.ts'

const going = reportedRollout().state
const completed: RolloutState = { state: 'completed', atMs: 0 }
const down = new NxError('unreachable', 'NX-DB-UNREACHABLE', 'The database does not answer')

/** Follows what the looks see, one after the other, the last one for ever; a second passes with each. */
async function followed(looks: readonly (RolloutState | NxError)[], timeoutMs: number | null) {
  const clock = new ManualClock()
  const seen = { shown: 0, troubles: 0 }
  let at = 0
  const { exitCode } = await followRollout({
    look: async () => {
      const look = looks[Math.min(at, looks.length - 1)] ?? down
      at += 1
      clock.advance(1_000)
      if (look instanceof NxError) throw look
      return Promise.resolve(statusOf(reportedRollout({ state: look }), null, 1))
    },
    show: () => void (seen.shown += 1),
    trouble: () => void (seen.troubles += 1),
    intervalMs: 1,
    timeoutMs,
    signal: new AbortController().signal,
    clock,
  })
  return { exitCode, ...seen }
}

describe('following a rollout', () => {
  it('ends with 0 when it completes', async () => {
    expect(await followed([going, going, completed], null)).to.include({ exitCode: 0, shown: 3 })
  })

  it('ends with 1 when it ends otherwise', async () => {
    const ends: readonly RolloutState[] = [
      { state: 'rolled_back', atMs: 0, code: 'errors', reason: 'r' },
      { state: 'aborted', atMs: 0, by: 'b', reason: 'r', quarantined: false },
      { state: 'superseded', atMs: 0, byDigest: 'd' },
      { state: 'failed_to_start', atMs: 0, reason: 'r' },
    ]
    for (const end of ends) expect((await followed([going, end], null)).exitCode, end.state).to.equal(1)
  })

  it('ends with 8 when the time is up and it still goes on, a paused one too', async () => {
    expect((await followed([going], 3_000)).exitCode).to.equal(8)
    const at = { phase: 'step', step: 0, enteredAtMs: 0 } as const
    const paused: RolloutState = { state: 'paused', at, sinceMs: 0, by: 'b', reason: 'r' }
    expect((await followed([paused], 2_000)).exitCode).to.equal(8)
  })

  it('asks again when the database does not answer, and ends with 124 when it never does', async () => {
    expect(await followed([going, down, down, completed], 60_000)).to.include({ exitCode: 0, troubles: 2 })
    expect((await followed([going, down], 5_000)).exitCode).to.equal(124)
  })

  it('gives up at once on what does not pass', async () => {
    const gone = new NxError('not_found', 'NX-ROLLOUT-NOT-FOUND', 'gone')
    const error: unknown = await followed([going, gone], null).catch((thrown: unknown) => thrown)
    expect(error).to.equal(gone)
  })
})
