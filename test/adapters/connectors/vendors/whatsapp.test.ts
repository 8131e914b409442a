import { expect } from 'chai'
import type { OperationDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { idempotencyOf } from '../../../../src/adapters/connectors/definition/idempotency.ts'
import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { whatsapp } from '../../../../src/adapters/connectors/vendors/whatsapp.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { templateInput } from '../../../../src/sales-core/policies/swap-command.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'
import { Conformance } from './conformance.ts'

const connection = { phoneNumberId: '100000000000002', businessAccountId: '100000000000003' }
const conformance = new Conformance(whatsapp, connection)
const to = '+14155550123'
const common = { messaging_product: 'whatsapp', recipient_type: 'individual', to }

describe('WhatsApp', () => {
  const sent: readonly [string, JsonObject, JsonObject][] = [
    [
      'a text',
      { to: '+1 415 555 0123', text: 'Hi', preview_url: false, reply_to: 'wamid.1' },
      { context: { message_id: 'wamid.1' }, type: 'text', text: { body: 'Hi', preview_url: false } },
    ],
    ['a text that reads like no', { to, text: 'false' }, { type: 'text', text: { body: 'false' } }],
    [
      'a template without parameters',
      { to, template_id: 'hello', language: 'en_US' },
      { type: 'template', template: { name: 'hello', language: { code: 'en_US' } } },
    ],
    [
      'a template with parameters by place',
      { to, template_id: 'offer', language: 'de', params: { 2: 7, 1: 'Ada' } },
      {
        type: 'template',
        template: {
          name: 'offer',
          language: { code: 'de' },
          components: [
            {
              type: 'body',
              parameters: [
                { type: 'text', text: 'Ada' },
                { type: 'text', text: '7' },
              ],
            },
          ],
        },
      },
    ],
    [
      'a template with parameters by name',
      { to, template_id: 'offer', language: 'de', params: { first_name: 'Ada' } },
      {
        type: 'template',
        template: {
          name: 'offer',
          language: { code: 'de' },
          components: [
            { type: 'body', parameters: [{ type: 'text', text: 'Ada', parameter_name: 'first_name' }] },
          ],
        },
      },
    ],
    [
      'a template with components of its own',
      {
        to,
        template_id: 'offer',
        language: 'de',
        components: [
          { type: 'header', parameters: [{ type: 'image', image: { link: 'https://e.example/a.png' } }] },
        ],
      },
      {
        type: 'template',
        template: {
          name: 'offer',
          language: { code: 'de' },
          components: [
            { type: 'header', parameters: [{ type: 'image', image: { link: 'https://e.example/a.png' } }] },
          ],
        },
      },
    ],
    [
      'an image by its address',
      { to, image: { link: 'https://e.example/a.png', caption: 'The villa' } },
      { type: 'image', image: { link: 'https://e.example/a.png', caption: 'The villa' } },
    ],
    [
      'a document by its address',
      { to, document: { link: 'https://e.example/a.pdf', filename: 'Offer.pdf' } },
      { type: 'document', document: { link: 'https://e.example/a.pdf', filename: 'Offer.pdf' } },
    ],
    [
      'a video',
      { to, video: { link: 'https://e.example/a.mp4' } },
      { type: 'video', video: { link: 'https://e.example/a.mp4' } },
    ],
    [
      'a sound',
      { to, audio: { link: 'https://e.example/a.ogg' } },
      { type: 'audio', audio: { link: 'https://e.example/a.ogg' } },
    ],
  ]
  for (const [what, input, expected] of sent)
    it(`sends ${what}`, () => {
      const { body, pathname, method } = conformance.rendered('message.send', input)
      expect([method, pathname]).to.deep.equal(['POST', '/v23.0/100000000000002/messages'])
      expect(body).to.deep.equal({ ...common, ...expected })
    })

  it('takes the template that a policy puts in the place of a text', () => {
    const accepted = compileConnector(whatsapp).operations.get('message.send')?.inputs ?? null
    const input = templateInput(
      { input: { to, channel: 'whatsapp', text: 'Hi' } },
      { name: 'offer', language: 'de', params: ['first_name'] } as never,
      { first_name: 'Ada' },
      accepted,
    )
    expect(conformance.rendered('message.send', input ?? {}).body).to.have.nested.property(
      'template.components[0].parameters[0].text',
      'Ada',
    )
  })

  it('marks a message as read, as often as one likes', () => {
    const { body } = conformance.rendered('message.mark_read', { message_id: 'wamid.1' })
    expect(body).to.deep.equal({ messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.1' })
    expect(idempotencyOf(whatsapp.operations['message.mark_read'] as OperationDefinition)).to.equal('natural')
    expect(idempotencyOf(whatsapp.operations['message.send'] as OperationDefinition)).to.equal('none')
  })

  it('needs something to say, and a number to say it to', () => {
    for (const input of [{ to }, { text: 'Hi' }, { to: 'ada@example.com x', text: 'Hi' }])
      expect(() => conformance.rendered('message.send', input))
        .to.throw()
        .with.property('code', 'NX-CONNECTOR-INPUT')
  })

  const document = (more: JsonObject = {}): JsonObject => ({
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name: 'sink',
    connector: 'whatsapp',
    connection,
    credentials: { accessToken: { secret: 'sink-token' } },
    ...more,
  })

  it('asks the version of the API that a document names', () => {
    const at = (more: JsonObject) => compileIntegration(integrationSchema.parse(document(more))).baseUrl
    expect(at({})).to.equal('https://graph.facebook.com/v23.0')
    expect(at({ vendorVersion: 'v24.0' })).to.equal('https://graph.facebook.com/v24.0')
    expect(integrationKind.schema.safeParse(document({ vendorVersion: 'v1.0' })).success).to.equal(false)
  })

  it('takes webhooks with the app secret and the verify token, for its number', () => {
    const webhooks = { appSecret: { secret: 'app' }, verifyToken: { secret: 'verify' } }
    expect(compileIntegration(integrationSchema.parse(document({ webhooks }))).webhooks).to.not.equal(null)
  })

  describe('answers', () => {
    let setup: ExecutorSetup
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
    })
    afterEach(async () => await setup.stop())
    const send = async (status: number, body: JsonObject) => {
      setup.vendor.failNext({ kind: 'status', status, body })
      const spec = document({ connection: { ...connection, baseUrl: setup.vendor.url } })
      return await setup.run(leased('message.send', { to, text: 'Hi' }), setup.executorOf(spec))
    }

    it('hold the id by which receipts find the command', async () => {
      const answer = {
        messaging_product: 'whatsapp',
        contacts: [],
        messages: [{ id: 'wamid.9', message_status: 'accepted' }],
      }
      expect(await send(200, answer)).to.deep.include({
        state: 'succeeded',
        result: { message_id: 'wamid.9', status: 'accepted' },
      })
    })
    const cases: readonly [number, number, object, RegExp][] = [
      [130429, 400, { state: 'parked', wholeIntegration: true, retryAfterMs: 10_000 }, /RATE-LIMITED/],
      [80007, 400, { state: 'parked', wholeIntegration: true }, /RATE-LIMITED/],
      [131056, 400, { state: 'retryable', retryAfterMs: 6_000 }, /FAILED/],
      [190, 401, { state: 'parked', wholeIntegration: true }, /CREDENTIALS/],
      [131042, 400, { state: 'parked', wholeIntegration: true }, /CREDENTIALS/],
      [131047, 400, { state: 'permanent' }, /REFUSED/],
      [131049, 400, { state: 'permanent' }, /REFUSED/],
      [132001, 404, { state: 'permanent' }, /REFUSED/],
      [131000, 500, { state: 'unknown_outcome' }, /FAILED/],
      [99999, 400, { state: 'permanent' }, /REFUSED/],
    ]
    for (const [code, status, expected, error] of cases)
      it(`of the code ${code} mean ${JSON.stringify(expected)}`, async () => {
        const outcome = await send(status, { error: { message: 'x', type: 'OAuthException', code } })
        expect(outcome).to.deep.include(expected)
        expect(outcome).to.have.nested.property('error.code').that.matches(error)
      })
    it('say what to do', async () => {
      const outcome = await send(400, { error: { code: 131047 } })
      expect(outcome).to.have.nested.property('error.message').that.contains('only a template')
    })
  })
})
