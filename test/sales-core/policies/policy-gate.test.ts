import { expect } from 'chai'
import { silentLogger } from '../../../src/kernel/logger.ts'
import { ClearedCommand } from '../../../src/messaging/commands/cleared-command.ts'
import type { SendJudge } from '../../../src/messaging/commands/cleared-command.ts'
import { PolicyGate } from '../../../src/sales-core/policies/policy-gate.ts'
import type { SendContext } from '../../../src/sales-core/policies/send-context.ts'
import type { SendTarget } from '../../../src/sales-core/policies/send-target.ts'
import type { SendLedger } from '../../../src/sales-core/policies/send-facts.ts'
import { someCommand, someLease } from '../../support/commands.ts'
import { policy } from './policy-setup.ts'

const target: SendTarget = { mode: 'live', effect: 'send', channels: ['sms'], inputs: null }
const noQuotas = { take: async () => [] }
const consent = policy({ consent: { purpose: 'marketing' } })

function gate(change: Partial<SendContext> = {}, ledger?: SendLedger) {
  const context: SendContext = {
    tenantActive: true,
    target,
    policies: { policies: [], homeZone: null },
    catalog: { channel: () => null },
    commandsPerDay: null,
    listensTo: () => false,
    policiesOf: () => [],
    ...change,
  }
  let asked = 0
  const counting: SendLedger = {
    weigh: async (sends, judge) => {
      asked += 1
      judge({
        nowMs: 0,
        of: sends.map(() => ({ fields: {}, lastInboundMs: new Map(), slots: new Map(), queuedMs: 0 })),
      })
    },
  }
  const subject = new PolicyGate({
    contexts: { contextOf: async () => context },
    ledger: ledger ?? counting,
    quotas: noQuotas,
    logger: silentLogger,
  })
  const one = async (input = { channel: 'sms' }) =>
    (await subject.judge([someLease({ command: someCommand({ input }) })]))[0]!
  return { subject, one, asked: () => asked }
}

describe('the policy gate', () => {
  it('costs no round trip when no policy is about a command', async () => {
    const email = { ...consent, channels: new Set(['email']) }
    const { one, asked } = gate({ policies: { policies: [email], homeZone: null } })
    expect(await one()).to.include({ state: 'allow' })
    expect(asked()).to.equal(0)
  })

  it('holds the sends of a workflow to the policies that it names, and of nobody else', async () => {
    const named = { ...consent, name: 'consent', namedOnly: true }
    const context = {
      policies: { policies: [named], homeZone: null },
      policiesOf: (workflow: string) => (workflow === 'nurture' ? ['consent'] : []),
    }
    const { subject } = gate(context)
    const leases = ['Workflow/nurture#greet', 'Workflow/other#greet', 'RuleSet/nurture#greet'].map((cause) =>
      someLease({ command: someCommand({ cause, idempotencyKey: cause }) }),
    )
    const states = (await subject.judge(leases)).map(({ state }) => state)
    expect(states).to.deep.equal(['suppress', 'allow', 'allow'])
  })

  it('weighs a whole claim at once', async () => {
    const { subject, asked } = gate({ policies: { policies: [consent], homeZone: null } })
    const leases = ['a', 'b', 'c'].map((key) => someLease({ command: someCommand({ idempotencyKey: key }) }))
    expect((await subject.judge(leases)).map(({ state }) => state)).to.deep.equal(Array(3).fill('suppress'))
    expect(asked()).to.equal(1)
  })

  it('holds everything of a suspended tenant, and of one that it does not know', async () => {
    expect(await gate({ tenantActive: false }).one()).to.deep.include({ state: 'hold', delayMs: 300_000 })
    expect(await gate({ tenantActive: null }).one()).to.include({ state: 'hold' })
  })

  it('makes no call for an integration that is not live, but those that read', async () => {
    const state = async (change: Partial<SendTarget>) =>
      (await gate({ target: { ...target, ...change } }).one()).state
    expect(await state({ mode: 'disabled' })).to.equal('suppress')
    expect(await state({ mode: 'disabled', effect: 'read' })).to.equal('suppress')
    expect(await state({ mode: 'read_only' })).to.equal('suppress')
    expect(await state({ mode: 'read_only', effect: 'call' })).to.equal('suppress')
    expect(await state({ mode: 'read_only', effect: 'read' })).to.equal('allow')
    expect(await state({ mode: 'sandbox' })).to.equal('pretend')
    expect(await state({ mode: 'sandbox', effect: 'read' })).to.equal('allow')
  })

  it('takes what it does not know for a message of any channel', async () => {
    const policies = { policies: [{ ...consent, channels: new Set(['sms']) }], homeZone: null }
    expect(await gate({ policies, target: null }).one()).to.include({ state: 'suppress' })
    const silent = gate({ policies, target: { ...target, channels: ['sms', 'email'] } })
    expect(await silent.one({ channel: 'telepathy' }), 'a channel that it does not serve').to.include({
      state: 'suppress',
    })
    expect(await silent.one({ channel: 'email' })).to.include({ state: 'allow' })
  })

  it('holds back what it cannot judge', async () => {
    const policies = { policies: [consent], homeZone: null }
    const broken: SendLedger = {
      weigh: async () => {
        throw new Error('the database is away')
      },
    }
    expect(await gate({ policies }, broken).one()).to.include({ state: 'hold' })
    const unreadable = new PolicyGate({
      contexts: {
        contextOf: async () => {
          throw new Error('the configuration is away')
        },
      },
      ledger: broken,
      quotas: noQuotas,
      logger: silentLogger,
    })
    expect((await unreadable.judge([someLease()]))[0]).to.include({ state: 'hold' })
  })
})

describe('a cleared command', () => {
  const passages = async (judge: SendJudge) => await ClearedCommand.passGate(judge, [someLease()])

  it('is not made when the judge throws or says nothing', async () => {
    for (const judge of [
      async () => {
        throw new Error('broken')
      },
      async () => [],
    ] as SendJudge['judge'][]) {
      const [passage] = await passages({ judge })
      expect(passage).to.deep.include({ state: 'stopped' })
    }
  })

  it('cannot be made by anything but the gate', () => {
    // The compiler refuses these; nothing that merely looks like a cleared command is one.
    // @ts-expect-error the constructor is private
    const made = (): ClearedCommand => new ClearedCommand(someLease(), {})
    // @ts-expect-error the type is nominal
    const forged = (): ClearedCommand => ({ ...someLease(), message: null, holdsSlot: false, probe: false })
    expect([made, forged]).to.have.length(2)
  })
})
