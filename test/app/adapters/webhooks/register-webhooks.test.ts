import { expect } from 'chai'
import { lookAtWebhooks } from '../../../../src/app/adapters/webhooks/look-at-webhooks.ts'
import { registerWebhooks, removeWebhooks } from '../../../../src/app/adapters/webhooks/register-webhooks.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { exitOfWebhooks } from '../../../../src/cli/adapters/render-webhooks.ts'
import { codeOf } from '../../../support/code-of.ts'
import { stateOf, WebhookSetup } from './webhook-setup.ts'

describe('registering webhooks at a vendor', function () {
  this.timeout(120_000)
  let setup: WebhookSetup
  before(async () => {
    setup = await WebhookSetup.start()
  })
  after(async () => setup[Symbol.asyncDispose]())
  beforeEach(() => setup.reset())

  const address = 'https://hooks.example.com/v1/hooks/acme/sms'

  it('sets an address where there is none, once, with audit rows before and after', async () => {
    expect(stateOf(await lookAtWebhooks(await setup.ask('sms')))).to.equal('absent')
    const report = await registerWebhooks(await setup.ask('sms'))
    expect([report.done, stateOf(report)]).to.deep.equal(['registered', 'registered'])
    expect(setup.vendor.number).to.include({ sms_url: address, status_callback: address, sms_method: 'POST' })
    expect(setup.questions).to.deep.equal([])
    const rows = await setup.audits('sms')
    expect(rows.map(({ after }) => (after as JsonObject)['end'])).to.deep.equal(['asked', 'done'])
    expect(rows[0]).to.deep.include({ action: 'integration.webhook_register', reason: 'test' })
    const before = setup.vendor.asked.length
    const again = await registerWebhooks(await setup.ask('sms'))
    expect(again).to.deep.equal({ ...report, done: 'unchanged' })
    // Looked at once, and nothing changed.
    expect(setup.vendor.asked.slice(before).map((one) => one.split(' ', 1)[0])).to.deep.equal(['GET'])
    expect(await setup.audits('sms')).to.have.length(2)
  })

  it('overwrites another address only after asking, and says which', async () => {
    const other = 'https://other.example/sms'
    setup.vendor.number = { ...setup.vendor.number, sms_url: other, status_callback: '' }
    expect(await codeOf(setup.ask('sms', { says: false }).then(registerWebhooks))).to.equal('NX-DECLINED')
    expect(setup.vendor.number).to.include({ sms_url: other })
    expect(setup.questions.join()).to.contain(other)
    await registerWebhooks(await setup.ask('sms'))
    expect(setup.vendor.number).to.include({ sms_url: address })
    const rows = await setup.audits('sms')
    expect(rows.at(-1)?.['before']).to.deep.equal({ addresses: [other] })
  })

  it('is done once more when nobody knows whether it took effect', async () => {
    setup.vendor.changesLost = true
    const error = await registerWebhooks(await setup.ask('sms')).catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'NX-CALL-NO-ANSWER', kind: 'unreachable' })
    expect((await setup.audits('sms')).at(-1)?.['after']).to.deep.include({ end: 'NX-CALL-NO-ANSWER' })
    setup.vendor.changesLost = false
    expect((await registerWebhooks(await setup.ask('sms'))).done).to.equal('registered')
  })

  it('takes away what is ours, after asking, and nothing of others', async () => {
    await registerWebhooks(await setup.ask('sms'))
    expect(await codeOf(setup.ask('sms', { says: false }).then(removeWebhooks))).to.equal('NX-DECLINED')
    expect(setup.vendor.number).to.include({ sms_url: address })
    expect((await removeWebhooks(await setup.ask('sms'))).done).to.equal('removed')
    expect(setup.vendor.number).to.include({ sms_url: '', status_callback: '' })
    const before = setup.vendor.asked.length
    const again = await removeWebhooks(await setup.ask('sms'))
    expect([again.done, stateOf(again)]).to.deep.equal(['unchanged', 'absent'])
    expect(setup.vendor.asked.slice(before).map((one) => one.split(' ', 1)[0])).to.deep.equal(['GET'])
    setup.vendor.number = {
      ...setup.vendor.number,
      sms_url: address,
      status_callback: 'https://other.example/x',
    }
    expect(await codeOf(setup.ask('sms').then(removeWebhooks))).to.equal('NX-WEBHOOK-OTHER')
    setup.vendor.number = { ...setup.vendor.number, sms_url: 'https://other.example/x' }
    expect((await removeWebhooks(await setup.ask('sms'))).done).to.equal('unchanged')
    expect(setup.vendor.number).to.include({ sms_url: 'https://other.example/x' })
  })

  it('believes what the vendor then has, not that all is well', async () => {
    setup.vendor.ignoresChanges = true
    const report = await registerWebhooks(await setup.ask('sms'))
    expect([stateOf(report), exitOfWebhooks(report, false)]).to.deep.equal(['absent', 1])
    setup.vendor.ignoresChanges = false
    await registerWebhooks(await setup.ask('sms'))
    setup.vendor.ignoresChanges = true
    const still = await removeWebhooks(await setup.ask('sms'))
    expect([stateOf(still), exitOfWebhooks(still, true)]).to.deep.equal(['registered', 1])
  })

  it('says what stands in the way', async () => {
    const code = async (name: string, more = {}): Promise<string> =>
      codeOf(setup.ask(name, more).then(registerWebhooks))
    expect(await code('sms', { publicUrl: null })).to.equal('NX-WEBHOOK-PUBLIC-URL')
    expect(await code('sms', { publicUrl: 'http://hooks.example.com' })).to.equal('NX-WEBHOOK-NOT-HTTPS')
    expect(await code('sms', { publicUrl: 'https://10.0.0.1' })).to.equal('NX-WEBHOOK-NOT-HTTPS')
    expect(await code('sms', { publicUrl: 'https://localhost:8443' })).to.equal('NX-WEBHOOK-NOT-HTTPS')
    expect(await code('plain')).to.equal('NX-WEBHOOK-NONE')
    expect(await code('chat')).to.equal('NX-WEBHOOK-BY-HAND')
    expect(await code('sandboxed')).to.equal('NX-WEBHOOK-MODE')
    expect(await code('nameless')).to.equal('NX-WEBHOOK-CONNECTION')
    expect(stateOf(await lookAtWebhooks(await setup.ask('nameless')))).to.equal('unread')
    setup.vendor.number = null
    expect(await code('sms')).to.equal('NX-WEBHOOK-PLACE')
    setup.vendor.number = { sid: 'PN1', phone_number: '+14155550100', sms_application_sid: 'AP1' }
    expect(await code('sms')).to.equal('NX-WEBHOOK-OVERRULED')
    await setup.store('twilio-token', 'wrong')
    expect(await code('sms')).to.equal('NX-CALL-CREDENTIALS')
    expect(await lookAtWebhooks(await setup.ask('sms'))).to.have.nested.include({
      'vendor.code': 'NX-CALL-CREDENTIALS',
    })
    await setup.store('twilio-token', 'the-token')
  })

  it('lists the steps where a person tells the vendor', async () => {
    const { how, steps } = await lookAtWebhooks(await setup.ask('chat'))
    expect(how).to.equal('hand')
    expect(steps.join()).to.contain('https://hooks.example.com/v1/hooks/acme/chat')
  })

  it('gives WhatsApp the verify token of the document', async () => {
    expect(await codeOf(setup.ask('wa').then(registerWebhooks))).to.equal('NX-WEBHOOK-KEY')
    await setup.store('wa-verify', 'the-verify-token')
    const report = await registerWebhooks(await setup.ask('wa'))
    expect([report.done, stateOf(report)]).to.deep.equal(['registered', 'registered'])
    expect(JSON.stringify(report)).to.not.contain('the-verify-token')
  })

  it('asks before it takes what the app of WhatsApp sends to its own address', async () => {
    await setup.store('wa-verify', 'the-verify-token')
    setup.vendor.subscribed = [{}]
    expect(await codeOf(setup.ask('wa', { says: false }).then(registerWebhooks))).to.equal('NX-DECLINED')
    expect(setup.questions.join()).to.contain("the app's own address")
    expect(setup.vendor.subscribed).to.deep.equal([{}])
    expect((await removeWebhooks(await setup.ask('wa'))).done).to.equal('unchanged')
    await registerWebhooks(await setup.ask('wa'))
    expect(setup.vendor.subscribed).to.have.length(1)
  })
})
