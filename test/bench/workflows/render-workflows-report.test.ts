import { expect } from 'chai'
import { renderWorkflowsReport, workflowsTargets } from '../../../bench/workflows/render-workflows-report.ts'
import type { DrainRow } from '../../../bench/outbox/measure-rounds.ts'
import type { WorkflowsReport } from '../../../bench/workflows/render-workflows-report.ts'
import type { BurstFigures } from '../../../bench/workflows/measure-burst.ts'
import { workflowsOptions } from '../../../bench/workflows/workflows-options.ts'

const row = (contestant: string, eventsPerSecond: number, failures: readonly string[] = []): DrainRow => ({
  ...{ contestant, variant: 'defaults', eventsPerSecond, failures },
  cpuPer1000: { system: 1, postgres: 1, nats: 0 },
})

const latency = (p99: number) => ({ p50: 1, p99 })

const burst = (failures: readonly string[] = []): BurstFigures => ({
  ...{ instances: 100_000, drainSeconds: 60, samples: 10, quiet: latency(50), during: latency(101) },
  failures,
})

function report(change: Partial<WorkflowsReport> = {}): WorkflowsReport {
  return {
    machine: {
      ...{ cores: 2, processor: 'p', memoryGiB: 4, node: '24', postgres: '18', nats: '2' },
      ...{ graphileWorker: '0', pgBoss: '0' },
    },
    options: workflowsOptions([], []),
    rows: [row('neuronx', 1_000), row('graphile-worker', 500), row('dbos', 201)],
    asleep: null,
    burst: null,
    ...change,
  }
}

describe('the report of the workflows benchmark', () => {
  it('says which figures are reached and which are not', () => {
    expect(workflowsTargets(report()).map(({ figure, reached }) => [figure, reached])).to.deep.equal([
      ['wakes/s, neuronx / dbos', false],
      ['wakes/s, neuronx / graphile-worker', true],
    ])
  })

  it('leaves out what was not measured', () => {
    expect(workflowsTargets(report({ rows: [row('dbos', 1)] }))).to.deep.equal([])
  })

  it('holds the sleepers and the burst against their limits', () => {
    const asleep = {
      ...{ instances: 1_000_000, idleMb: 100, asleepMb: 219, overIdleMb: 119, pollMs: 1.5, pollP99Ms: 2 },
      ...{ readySeconds: 4, bytesEach: 900 },
    }
    const reached = workflowsTargets(report({ rows: [], asleep, burst: burst() })).map(
      (target) => target.reached,
    )
    expect(reached).to.deep.equal([true, false, true, false])
  })

  it('names what a system lost or repeated', () => {
    const lines = renderWorkflowsReport(
      report({ rows: [row('dbos', 1, ['3 commands of 4'])], burst: burst(['9 wakes of 10']) }),
    )
    expect(lines).to.include('FAILED  dbos: 3 commands of 4')
    expect(lines).to.include('FAILED  burst: 9 wakes of 10')
  })
})
