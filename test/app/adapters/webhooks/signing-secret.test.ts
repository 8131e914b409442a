import { expect } from 'chai'
import { lookAtWebhooks } from '../../../../src/app/adapters/webhooks/look-at-webhooks.ts'
import { registerWebhooks, removeWebhooks } from '../../../../src/app/adapters/webhooks/register-webhooks.ts'
import { codeOf } from '../../../support/code-of.ts'
import { signing } from './loopback-vendors.ts'
import { stateOf, WebhookSetup } from './webhook-setup.ts'

describe('what a vendor makes up to sign with', function () {
  this.timeout(120_000)
  let setup: WebhookSetup
  before(async () => {
    setup = await WebhookSetup.start()
  })
  after(async () => setup[Symbol.asyncDispose]())
  beforeEach(() => setup.reset())

  it('stores what the vendor makes up to sign with, and shows it nowhere', async () => {
    setup.vendor.endpoints = [
      { id: 'theirs', endpoint: 'https://other.example', events: [], status: 'enabled', created_at: '' },
    ]
    const report = await registerWebhooks(await setup.ask('mail'))
    expect([report.done, stateOf(report), report.secretStored]).to.deep.equal([
      'registered',
      'registered',
      'mail-hook',
    ])
    expect(await setup.opened('mail-hook')).to.equal(signing)
    expect(JSON.stringify([report, await setup.audits('mail')])).to.not.contain('whsec_')
    // Others' stay, and nobody had to be asked.
    expect(setup.vendor.endpoints).to.have.length(2)
    expect(setup.questions).to.deep.equal([])
    await removeWebhooks(await setup.ask('mail'))
    expect(setup.vendor.endpoints.map(({ id }) => id)).to.deep.equal(['theirs'])
  })

  it('makes it anew where a process died before it had stored the secret', async () => {
    const hook = 'https://hooks.example.com/v1/hooks/acme/mail'
    await registerWebhooks(await setup.ask('mail'))
    const [made] = setup.vendor.endpoints
    if (made === undefined) throw new Error('Nothing was made')
    // As if it had been made an hour after the secret was stored last.
    setup.vendor.endpoints = [{ ...made, created_at: new Date(Date.now() + 3_600_000).toISOString() }]
    const found = await lookAtWebhooks(await setup.ask('mail'))
    expect(stateOf(found)).to.equal('differs')
    await registerWebhooks(await setup.ask('mail'))
    expect(setup.vendor.endpoints.map(({ endpoint }) => endpoint)).to.deep.equal([hook])
    expect(setup.vendor.endpoints[0]?.id).to.not.equal(made.id)
  })

  it('makes it anew where the answer that told it was lost, however short ago another was stored', async () => {
    await setup.store('mail-hook', 'whsec_anything')
    setup.vendor.answersLost = true
    expect(await codeOf(setup.ask('mail').then(registerWebhooks))).to.equal('NX-CALL-NO-ANSWER')
    setup.vendor.answersLost = false
    expect(setup.vendor.endpoints.map(({ id }) => id)).to.deep.equal(['wh1'])
    expect(stateOf(await lookAtWebhooks(await setup.ask('mail')))).to.equal('differs')
    expect((await registerWebhooks(await setup.ask('mail'))).done).to.equal('registered')
    expect(setup.vendor.endpoints.map(({ id }) => id)).to.deep.equal(['wh2'])
    expect(await setup.opened('mail-hook')).to.equal(signing)
    expect(stateOf(await lookAtWebhooks(await setup.ask('mail')))).to.equal('registered')
  })

  it('is not in doubt where only what is sent was changed', async () => {
    await registerWebhooks(await setup.ask('mail'))
    const [made] = setup.vendor.endpoints
    if (made === undefined) throw new Error('Nothing was made')
    setup.vendor.endpoints = [{ ...made, status: 'disabled' }]
    setup.vendor.changesLost = true
    expect(await codeOf(setup.ask('mail').then(registerWebhooks))).to.equal('NX-CALL-NO-ANSWER')
    setup.vendor.changesLost = false
    const report = await registerWebhooks(await setup.ask('mail'))
    expect([stateOf(report), report.secretStored]).to.deep.equal(['registered', null])
    expect(setup.vendor.endpoints.map(({ id }) => id)).to.deep.equal([made.id])
  })

  it('is made anew where an endpoint stands there twice: nobody knows whose is stored', async () => {
    await registerWebhooks(await setup.ask('mail'))
    const [made] = setup.vendor.endpoints
    if (made === undefined) throw new Error('Nothing was made')
    setup.vendor.endpoints.push({ ...made, id: 'again' })
    expect(stateOf(await lookAtWebhooks(await setup.ask('mail')))).to.equal('differs')
    const { secretStored } = await registerWebhooks(await setup.ask('mail'))
    expect(setup.vendor.endpoints).to.have.length(1)
    expect([made.id, 'again']).to.not.include(setup.vendor.endpoints[0]?.id)
    expect(secretStored).to.equal('mail-hook')
  })

  it('two who register at once make one endpoint, and the secret that is stored is its own', async () => {
    const asked = await Promise.all([1, 2, 3].map(async () => setup.ask('mail')))
    const codes = await Promise.all(
      asked.map(async (one) =>
        registerWebhooks(one).then(
          ({ done }) => done,
          ({ code }: { code: string }) => code,
        ),
      ),
    )
    expect(codes.filter((one) => one !== 'NX-WEBHOOK-BUSY')).to.not.be.empty
    expect(new Set(codes)).to.include('registered')
    expect(codes.filter((one) => one === 'registered')).to.have.length(1)
    expect(setup.vendor.endpoints).to.have.length(1)
    expect((await registerWebhooks(await setup.ask('mail'))).done).to.equal('unchanged')
  })

  it('takes back what it made when the vendor does not tell the secret', async () => {
    setup.vendor.tellsSecret = false
    expect(await codeOf(setup.ask('mail').then(registerWebhooks))).to.equal('NX-WEBHOOK-SECRET')
    expect(setup.vendor.endpoints).to.deep.equal([])
  })

  it('says that it is still registered when it cannot be taken back', async () => {
    setup.vendor.tellsSecret = false
    setup.vendor.keeps = true
    const error = await registerWebhooks(await setup.ask('mail')).catch((thrown: unknown) => thrown)
    expect((error as { detail: string }).detail).to.contain('still registered')
    expect(setup.vendor.endpoints).to.have.length(1)
  })

  it('needs the right to store secrets where it stores one', async () => {
    const actor = { kind: 'local', user: 'viewer', role: 'viewer' } as const
    const operator = new Proxy(setup.system.operator, {
      get: (target, name) =>
        name === 'actor' ? actor : (target as unknown as Record<string | symbol, unknown>)[name],
    })
    expect(await codeOf(setup.ask('mail', { operator }).then(registerWebhooks))).to.equal('NX-DENIED')
    expect(setup.vendor.asked).to.deep.equal([])
  })
})
