import { expect } from 'chai'
import { compileIntegration } from '../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../src/adapters/connectors/connector-executor.ts'
import type { ConnectorExecutorOptions } from '../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../src/adapters/connectors/integration-schema.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'
import { cleared } from '../../fakes/open-gate.ts'
import { leased, sinkDocument } from './executor-setup.ts'

const integration = compileIntegration(
  integrationSchema.parse({
    ...sinkDocument('https://sink.example'),
    operations: { once: { method: 'POST', path: '/once', effect: 'send' } },
    limits: { timeout: '60s' },
  }),
)

describe('the lease of a command', () => {
  it('is what its call has left when its turn has come, not when it was asked for', async () => {
    const clock = new ManualClock()
    const seen: unknown[] = []
    const send: ConnectorExecutorOptions['client']['send'] = async (_request, { leftMs, mayStart }) => {
      for (const passedMs of [0, 20_000, 9_000]) {
        clock.advance(passedMs)
        seen.push([leftMs?.(), mayStart?.()])
      }
      return { state: 'not_sent', reason: 'stopped', message: 'over' }
    }
    const executor = new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async () => null },
      client: { send },
      clock,
      logger: silentLogger,
      leaseMarginMs: 1_000,
    })
    const command = { ...leased('once', {}), leaseEndsMs: clock.monotonicMs() + 30_000 }
    const outcome = await executor.execute(await cleared(command), new AbortController().signal)
    expect(outcome).to.include({ state: 'parked' })
    expect(seen).to.deep.equal([
      [29_000, true],
      [9_000, true],
      [0, false],
    ])
  })
})
