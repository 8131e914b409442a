import { expect } from 'chai'
import { slack } from '../../../../src/adapters/connectors/vendors/slack.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { OpenApiCheck } from '../../../support/openapi-check.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'
import { Conformance } from './conformance.ts'
import type { Waiver } from './conformance.ts'

const golden: Readonly<Record<string, readonly JsonObject[]>> = {
  'message.send': [
    {
      to: 'C024BE91L',
      text: 'Hot lead',
      blocks: [{ type: 'divider' }],
      thread_id: '1503435956.000247',
      reply_broadcast: true,
      unfurl_links: false,
      unfurl_media: false,
    },
    { text: 'to the default channel' },
  ],
  'message.update': [{ to: 'C024BE91L', message_id: '1503435956.000247', text: 'Done', blocks: [] }],
  'conversation.open': [{ users: ['U1', 'U2'] }, { users: 'U1' }],
  'user.find': [{ email: ' Ada@Example.com' }],
  'account.check': [{}],
}

const token =
  'the description has the token as a parameter; the vendor takes it from the Authorization header'
const waivers: readonly Waiver[] = [
  { operation: 'message.send', problem: /^header token is required$/, why: token },
  { operation: 'message.update', problem: /^header token is required$/, why: token },
  { operation: 'user.find', problem: /^query token is required$/, why: token },
  { operation: 'account.check', problem: /^header token is required$/, why: token },
]

describe('Slack', () => {
  const conformance = new Conformance(slack, { channel: 'C024BE91L' }, waivers)

  describe("requests, against the vendor's description", () => {
    const file = sharedData('specs/slack/slack_web_openapi_v2_without_examples.json')
    if (file === null) {
      it.skip('skipped: ../shared/data/specs/slack is not here')
      return
    }
    const check = new OpenApiCheck(file)
    it('every operation has golden inputs', () => {
      expect(Object.keys(golden).sort()).to.deep.equal(Object.keys(slack.operations).sort())
    })
    for (const [name, inputs] of Object.entries(golden)) {
      it(`${name} conforms, closed world`, () => {
        for (const input of inputs)
          expect(conformance.problems(check, name, input, '/api'), JSON.stringify(input)).to.deep.equal([])
      })
    }
    it('every waiver is still needed', () => {
      expect(conformance.unneeded).to.deep.equal([])
    })
    it('the check notices a misspelt field of the form and of the query, one given twice, and a missing one', () => {
      const send = conformance.rendered('message.send', { text: 'x' })
      const with_ = (body: string) => check.problems({ ...send, body }).join()
      expect(with_('chanel=C1&text=x')).to.contain('chanel').and.to.contain("required property 'channel'")
      expect(with_('channel=C1&channel=C2')).to.contain('/channel must be string')
      expect(with_('channel=C1&link_names=often')).to.contain('/link_names must be boolean')
      const find = conformance.rendered('user.find', { email: 'a@b.c' })
      expect(check.problems({ ...find, query: { emial: 'x' } }).join()).to.contain('emial')
      expect(check.problems({ ...send, headers: { 'content-type': 'text/xml' } }).join()).to.contain(
        'text/xml',
      )
    })
  })

  it('keeps what a lead is called from mentioning anybody', () => {
    const { body } = conformance.rendered('message.send', { text: 'New lead: <!channel> & <https://evil|x>' })
    expect(new URLSearchParams(String(body)).get('text')).to.equal(
      'New lead: &lt;!channel&gt; &amp; &lt;https://evil|x&gt;',
    )
  })

  describe('answers with status 200', () => {
    let setup: ExecutorSetup
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
    })
    afterEach(async () => await setup.stop())

    const document = (): JsonObject => ({
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'sink',
      connector: 'slack',
      connection: { baseUrl: setup.vendor.url, channel: 'C024BE91L' },
      credentials: { botToken: { secret: 'sink-token' } },
    })
    const send = async (answer: JsonObject) => {
      setup.vendor.failNext({ kind: 'status', status: 200, body: answer })
      return await setup.run(leased('message.send', { text: 'Hi' }), setup.executorOf(document()))
    }
    const cases: readonly [string, JsonObject, object, string | null][] = [
      [
        'ok',
        { ok: true, ts: '1.2', channel: 'C1' },
        { state: 'succeeded', result: { message_id: '1.2', channel_id: 'C1' } },
        null,
      ],
      [
        'ratelimited',
        { ok: false, error: 'ratelimited' },
        { state: 'parked', wholeIntegration: true, retryAfterMs: 30_000 },
        'NX-CALL-RATE-LIMITED',
      ],
      [
        'token_revoked',
        { ok: false, error: 'token_revoked' },
        { state: 'parked', wholeIntegration: true },
        'NX-CALL-CREDENTIALS',
      ],
      [
        'token_expired of a token that cannot be got anew',
        { ok: false, error: 'token_expired' },
        { state: 'parked' },
        'NX-CALL-CREDENTIALS',
      ],
      [
        'channel_not_found',
        { ok: false, error: 'channel_not_found' },
        { state: 'permanent' },
        'NX-CALL-NOT-FOUND',
      ],
      ['not_in_channel', { ok: false, error: 'not_in_channel' }, { state: 'permanent' }, 'NX-CALL-REFUSED'],
      [
        'fatal_error: nobody knows',
        { ok: false, error: 'fatal_error' },
        { state: 'unknown_outcome' },
        'NX-CALL-FAILED',
      ],
      [
        'an error that was never seen',
        { ok: false, error: 'new_one' },
        { state: 'permanent' },
        'NX-CALL-REFUSED',
      ],
    ]
    for (const [what, answer, expected, code] of cases) {
      it(`takes ${what}`, async () => {
        const outcome = await send(answer)
        expect(outcome).to.deep.include(expected)
        if (outcome.state !== 'succeeded') expect(outcome.error.code).to.equal(code)
      })
    }

    it('says in the dead letter what to do', async () => {
      const outcome = await send({ ok: false, error: 'missing_scope' })
      expect(outcome).to.have.nested.property('error.message').that.contains('chat:write')
    })
  })
})
