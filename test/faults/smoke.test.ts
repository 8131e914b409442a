import { expect } from 'chai'
import { runFaults } from './run/run-faults.ts'
import { reportLines } from './run/run-report.ts'
import { faultsNamed } from './schedule/all-faults.ts'
import { oneByOne } from './schedule/plan-faults.ts'
import { SeededRandom } from '../support/seeded-random.ts'

/** What the long suite draws at random, one of each kind, in two runs of fixed seeds. */
const runs = [
  {
    seed: 20_261,
    faults: [
      'backends_terminated',
      'daemon_killed',
      'bus_wiped',
      'vendor_does_everything',
      'database_stopped_at_once',
      'producers_repeat',
      'stream_replayed_three_times',
      'bus_tail_cut',
      'bus_bit_flip',
      'daemon_told_to_end',
    ],
  },
  {
    seed: 20_262,
    faults: [
      'poison',
      'clock_jumps',
      'daemon_frozen_beyond_its_leases',
      'all_wires_reset',
      'database_wire_loses_answers',
      'stream_deleted',
    ],
  },
] as const

/** Tests beside this one take the processor: the promise of 15 s is held against the long suite. */
const takeoverMsMax = 30_000

describe('two daemons under faults', function () {
  this.timeout(300_000)

  for (const { seed, faults } of runs)
    it(`lose nothing and do nothing twice: ${faults.join(', ')}`, async () => {
      const plan = oneByOne(faultsNamed(faults), new SeededRandom(seed), 500)
      const report = await runFaults({ seed, plan, forMs: 240_000, perSecond: 40, takeoverMsMax })
      const lines = reportLines(report).join('\n')
      expect(report.violations, lines).to.deep.equal([])
      expect(report.faults.map(({ name }) => name)).to.deep.equal([...faults])
      // A run in which nothing happened proves nothing.
      expect(report.counts['ok'], lines).to.be.greaterThan(250)
      expect(report.counts['effectsKeyed'], lines).to.be.greaterThan(100)
      expect(report.counts['effectsBare'], lines).to.be.greaterThan(10)
    })
})
