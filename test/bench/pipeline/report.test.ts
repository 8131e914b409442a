import { expect } from 'chai'
import type { Measured } from '../../../bench/pipeline/harness/measurement.ts'
import { pipelineOptions } from '../../../bench/pipeline/pipeline-options.ts'
import { renderReport } from '../../../bench/pipeline/render-report.ts'
import { reportOf } from '../../../bench/pipeline/report.ts'

const machine = {
  cores: 2,
  processor: 'test',
  memoryGiB: 4,
  node: '24',
  postgres: '18',
  nats: '2.9',
  graphileWorker: '0.18',
  pgBoss: '12',
}
const options = pipelineOptions([], [])

function measured(contestant: string, eventsPerSecond: number, p99 = 100): Measured {
  const cpuPer1000 = { system: 0.5, postgres: 0.4, nats: 0.1 }
  const verdict = { state: 'ok' } as const
  return {
    contestant,
    variant: 'defaults',
    idle:
      contestant === 'neuronx' ? { seconds: 20, cpuShares: { system: 0.03, postgres: 0.01, nats: 0 } } : null,
    latency: {
      perSecond: 200,
      seconds: 20,
      sentToDelivered: { p50: 10, p99, max: p99 },
      acceptToDelivered: { p50: 5, p99 },
      cpuPer1000,
      peakMemoryMiB: 200,
      verdict,
    },
    throughput: {
      events: 20_000,
      seconds: 20_000 / eventsPerSecond,
      eventsPerSecond,
      acceptSeconds: 1,
      cpuPer1000,
      peakMemoryMiB: 300,
      verdict,
    },
  }
}

describe('the report of the pipeline benchmark', () => {
  it('sets neuronx beside its floor and its peers, with what is wanted', () => {
    const rounds = [
      measured('neuronx', 1_200, 160),
      measured('floor', 2_000),
      measured('graphile-worker', 2_000),
      measured('pg-boss', 1_000),
    ]
    const { targets, state } = reportOf(machine, options, rounds)
    expect(state).to.equal('ok')
    expect(targets.map(({ figure, measured: value, reached }) => [figure, value, reached])).to.deep.equal([
      ['events/s, neuronx / floor', 0.6, true],
      ['events/s, neuronx / graphile-worker', 0.6, false],
      ['events/s, neuronx / pg-boss', 1.2, false],
      ['accept to delivered at 200/s, p99 (ms)', 160, false],
      ['memory of the daemon at 200/s, peak (MiB)', 200, true],
      ['idle daemon (% of a core)', 3, false],
    ])
  })

  it('takes medians over the rounds', () => {
    const rounds = [measured('neuronx', 900), measured('neuronx', 1_000), measured('neuronx', 5_000)]
    expect(
      reportOf(machine, options, rounds).rows.map(({ eventsPerSecond }) => eventsPerSecond),
    ).to.deep.equal([1_000])
  })

  it('says FAILED and why when a contestant lost something in any round', () => {
    const good = measured('floor', 1_000)
    const lost: Measured = {
      ...good,
      throughput: { ...good.throughput, verdict: { state: 'failed', reasons: ['3 leads were lost'] } },
    }
    const report = reportOf(machine, options, [good, lost])
    expect(report.state).to.equal('failed')
    expect(renderReport(report).join('\n'))
      .to.match(/^floor .*FAILED$/m)
      .and.to.include('flood: 3 leads were lost')
  })
})
