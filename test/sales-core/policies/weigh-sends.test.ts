import { expect } from 'chai'
import type { CompiledPolicy } from '../../../src/sales-core/policies/compiled-policy.ts'
import type { QueuedFacts } from '../../../src/sales-core/policies/send-facts.ts'
import { weighAll } from '../../../src/sales-core/policies/weigh-sends.ts'
import { someCommand, someLease } from '../../support/commands.ts'
import { open, policy, request } from './policy-setup.ts'

const night = Date.parse('2026-03-05T23:00:00Z')
const morning = Date.parse('2026-03-06T08:00:00Z')
const quiet = { tz: 'UTC', open: open(8 * 60, 20 * 60), unknownTz: 'tenant' }
const operation = { integration: 'any', operation: 'any.send', repeatable: 'no' } as const

/** What becomes of a text over sms under these policies. */
function weighed(policies: readonly CompiledPolicy[], idempotencyKey = 'key', nowMs = night) {
  const command = someCommand({ idempotencyKey, input: { channel: 'sms', text: 'Hi' } })
  const facts: QueuedFacts = { fields: {}, lastInboundMs: new Map(), slots: new Map(), queuedMs: nowMs }
  const context = {
    tenantActive: true,
    target: null,
    policies: { policies, homeZone: null },
    catalog: { channel: () => operation },
    commandsPerDay: null,
    listensTo: () => false,
    policiesOf: () => [],
  }
  const asked = request({ commandId: command.id, dueMs: nowMs })
  const send = { leased: someLease({ command }), context, request: asked, policies, message: null }
  return weighAll([send], { nowMs, of: [facts] })[0]?.verdict
}

describe('a message that may go over another channel', () => {
  const swapping = policy({ quiet, onBlock: 'swap_channel', swapTo: ['whatsapp', 'email'] })

  it('goes over the first that takes it now', () => {
    const smsOnly = { ...swapping, channels: new Set(['sms', 'whatsapp']) }
    expect(weighed([smsOnly])).to.deep.nested.include({ state: 'suppress', 'instead.input.channel': 'email' })
  })

  it('waits for the morning when it is night for all channels', () => {
    expect(weighed([swapping])).to.include({ state: 'defer', delayMs: morning - night })
  })

  it('waits as well when it was moved before', () => {
    const smsOnly = { ...swapping, channels: new Set(['sms']) }
    expect(weighed([smsOnly], 'key~sms')).to.include({ state: 'defer', delayMs: morning - night })
  })

  it('is dropped where waiting does not help, or takes too long', () => {
    const unwanted = policy({ consent: { purpose: 'x' }, onBlock: 'swap_channel' })
    expect(weighed([unwanted])).to.include({ state: 'suppress', instead: null })
    expect(weighed([{ ...swapping, waitMaxMs: 3_600_000 }])).to.include({ state: 'suppress', instead: null })
  })
})
