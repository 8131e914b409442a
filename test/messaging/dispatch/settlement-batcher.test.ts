import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import { silentLogger } from '../../../src/kernel/logger.ts'
import type { SettledAttempt } from '../../../src/messaging/commands/command-queue.ts'
import { SettlementBatcher } from '../../../src/messaging/dispatch/settlement-batcher.ts'
import { someCommand, someLease } from '../../support/commands.ts'
import { all, succeeded } from '../../support/stores/queue.ts'

const refused = new NxError('bug', 'NX-DB-STATEMENT', 'refused')
const away = new NxError('unreachable', 'NX-DB-UNREACHABLE', 'away', { retryable: true })

function attempts(count: number, leaseEndsMs = Number.MAX_SAFE_INTEGER): readonly SettledAttempt[] {
  return all(
    Array.from({ length: count }, (_, index) =>
      someLease({ command: someCommand({ idempotencyKey: `k${index}` }), leaseEndsMs }),
    ),
    succeeded,
  )
}

function batcherOver(settle: (batch: readonly SettledAttempt[]) => Promise<ReadonlySet<string>>, nowMs = 0) {
  return new SettlementBatcher({
    queue: { settle },
    logger: silentLogger,
    nowMs: () => nowMs,
    onSettled: () => {},
  })
}

describe('the settlement batcher', () => {
  it('does not let one end that the database refuses hold up the others', async () => {
    const written: SettledAttempt[] = []
    const [poison, ...others] = attempts(21)
    const batcher = batcherOver(async (batch) => {
      if (batch.includes(poison!)) throw refused
      written.push(...batch)
      return new Set()
    })
    await Promise.all(
      [...others.slice(0, 10), poison!, ...others.slice(10)].map((one) => batcher.settle(one)),
    )
    expect(new Set(written)).to.deep.equal(new Set(others))
    expect(batcher.counters).to.include({ settled: 20, poisoned: 1, abandoned: 0 })
  })

  it('writes again what could not be written while the database was away', async () => {
    let failures = 2
    const batcher = batcherOver(async () => {
      if (failures-- > 0) throw away
      return new Set()
    })
    await batcher.settle(attempts(1)[0]!)
    expect(batcher.counters).to.include({ settled: 1, failures: 2, poisoned: 0 })
  })

  it('counts the ends that came after their lease was lost', async () => {
    const [lost, kept] = attempts(2)
    const batcher = batcherOver(
      async (batch) => new Set(batch.filter((one) => one === lost).map((one) => one.leased.command.id)),
    )
    await Promise.all([batcher.settle(lost!), batcher.settle(kept!)])
    expect(batcher.counters).to.include({ settled: 1, staleRejected: 1 })
  })

  it('stops trying when the leases are over, or when it is told to end', async () => {
    const over = batcherOver(async () => await Promise.reject(away), 100)
    await over.settle(attempts(1, 99)[0]!)
    expect(over.counters).to.include({ settled: 0, abandoned: 1 })
    const told = batcherOver(async () => await Promise.reject(away), 100)
    told.giveUpAt(50)
    await told.settle(attempts(1)[0]!)
    expect(told.counters).to.include({ settled: 0, abandoned: 1 })
  })
})
