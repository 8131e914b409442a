import { expect } from 'chai'
import type { SendVerdict } from '../../../src/messaging/commands/cleared-command.ts'
import type { Command } from '../../../src/messaging/commands/command.ts'
import { withinQuota } from '../../../src/sales-core/policies/daily-quota.ts'
import type { Judged, QuotaAsk } from '../../../src/sales-core/policies/daily-quota.ts'
import { someCommand, someLease } from '../../support/commands.ts'

const message = { channel: 'sms', listened: new Set<never>() }
const allow: SendVerdict = { state: 'allow', input: null, message, holdsSlot: false }
const tenants = ['00000000-0000-0000-0000-00000000000a', '00000000-0000-0000-0000-00000000000b']
let made = 0

function judged(command: Partial<Command> = {}, change: Partial<Judged> = {}): Judged {
  made += 1
  const leased = someLease({ command: someCommand({ idempotencyKey: `${made}`, ...command }) })
  return { leased, verdict: allow, commandsPerDay: 1, ...change }
}

/** A ledger with so many left for each tenant. */
function ledger(left: number) {
  const asked: QuotaAsk[][] = []
  const take = async (asks: readonly QuotaAsk[]) => {
    asked.push([...asks])
    return asks.map(({ wanted }) => ({ granted: Math.min(left, wanted), resetsInMs: 5_000 }))
  }
  return { take, asked }
}

describe('quotas of commands a day', () => {
  it('ask once for a whole claim, with one line a tenant', async () => {
    const counts = ledger(9)
    const of = (tenantId: string) => judged({ tenantId })
    await withinQuota(counts, [of(tenants[0]!), of(tenants[1]!), of(tenants[0]!)])
    expect(counts.asked).to.deep.equal([
      [
        { tenantId: tenants[0], wanted: 2, max: 1 },
        { tenantId: tenants[1], wanted: 1, max: 1 },
      ],
    ])
  })

  it('ask nothing for tenants without a quota, repeats, and what does not go out', async () => {
    const counts = ledger(0)
    const repeat = judged()
    const verdicts = await withinQuota(counts, [
      judged({}, { commandsPerDay: null }),
      { ...repeat, leased: { ...repeat.leased, firstAttemptAt: '2026-03-05T12:00:00.000Z' } },
      judged({}, { verdict: { state: 'pretend', result: null } }),
      judged({}, { verdict: { state: 'lost' } }),
    ])
    expect(counts.asked).to.deep.equal([])
    expect(verdicts.map(({ state }) => state)).to.deep.equal(['allow', 'allow', 'pretend', 'lost'])
  })

  it('put off what is over until the next day, the lower priority first', async () => {
    const verdicts = await withinQuota(ledger(1), [
      judged({ priority: 'low' }),
      judged({ priority: 'normal' }, { verdict: { ...allow, message: null } }),
      judged({ priority: 'high' }),
    ])
    expect(verdicts.map(({ state }) => state)).to.deep.equal(['defer', 'hold', 'allow'])
    expect(verdicts[0]).to.deep.include({ delayMs: 5_000, message })
    expect(verdicts[1]).to.deep.include({ delayMs: 5_000 })
    expect(verdicts[0]).to.have.nested.property('error.code', 'NX-SEND-QUOTA')
  })
})
