import { expect } from 'chai'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { renderAuth } from '../../../../src/adapters/connectors/auth/oauth/rendered-auth.ts'
import { gohighlevel } from '../../../../src/adapters/connectors/vendors/gohighlevel.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { teams } from '../../../../src/adapters/connectors/vendors/teams.ts'
import { teamsWorkflow } from '../../../../src/adapters/connectors/vendors/teams-workflow.ts'
import type { AuthorizationCodeAuth } from '../../../../src/adapters/connectors/definition/auth-definition.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { ExecutorSetup, leased, secret } from '../executor-setup.ts'
import { Conformance } from './conformance.ts'

const tenantId = '72f988bf-86f1-41af-91ab-2d7cd011db47'
const connection = {
  tenantId,
  teamId: 'fbe2bf47-16c8-47cf-b4a5-4b9b187c508b',
  channelId: '19:4a95f7d8@thread.tacv2',
}

describe('Teams by a workflow', () => {
  let setup: ExecutorSetup
  let vendor: FakeVendorServer
  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    vendor = await new FakeVendorServer().start()
  })
  afterEach(async () => {
    await setup.stop()
    await vendor.stop()
  })
  const document = (more: JsonObject = {}): JsonObject => ({
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name: 'sink',
    connector: 'teams-workflow',
    connection: { url: 'https://x.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke', ...more },
    credentials: { signature: { secret: 'sink-token' } },
  })
  const run = async (input: JsonObject, status = 202, body: JsonObject = {}) => {
    vendor.failNext({ kind: 'status', status, body })
    const spec = document({ url: `${vendor.url}/workflows/1/triggers/manual/paths/invoke` })
    return await setup.run(leased('message.send', input), setup.executorOf(spec))
  }

  it('needs an https address without its secret part', () => {
    expect(integrationKind.schema.safeParse(document()).success).to.equal(true)
    for (const url of [
      'http://x.logic.azure.com/a',
      'https://x.logic.azure.com/a?sig=s',
      'https://u@x.example/a',
    ])
      expect(integrationKind.schema.safeParse(document({ url })).success, url).to.equal(false)
  })

  it('serves the channel teams, and tells no id', () => {
    const integration = compileIntegration(integrationSchema.parse(document()))
    expect(integration.channels).to.deep.equal({ teams: 'message.send' })
    expect(integration.connector.operations.get('message.send')?.repeatable).to.equal('no')
    expect(integration.webhooks).to.equal(null)
  })

  it('posts a card that shows text as it is', () => {
    const known = { url: 'https://x.example/invoke', apiVersion: '1', permission: '/triggers/manual/run' }
    const { body, query } = new Conformance(teamsWorkflow, known).rendered('message.send', {
      text: '[click](https://evil)',
    })
    expect(query).to.deep.equal({ 'api-version': '1', sp: '/triggers/manual/run', sv: '1.0' })
    const [card] = (body as { attachments: { contentType: string; contentUrl: null; content: JsonObject }[] })
      .attachments
    expect(card).to.include({ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null })
    expect(card?.content['body']).to.deep.equal([
      { type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: '[click](https://evil)' }] },
    ])
    const own = { body: [{ type: 'TextBlock', text: 'x' }] }
    const made = new Conformance(teamsWorkflow, known).rendered('message.send', { card: own })
    expect(made.body).to.have.nested.property('attachments[0].content.body[0].type', 'TextBlock')
  })

  for (const [status, state] of [
    [202, 'succeeded'],
    [401, 'parked'],
    [404, 'parked'],
    [400, 'permanent'],
    [502, 'unknown_outcome'],
  ] as const)
    it(`${status} is ${state}, and never shows the signature`, async () => {
      const outcome = await run({ text: 'Hi' }, status, { error: `bad ${secret}` })
      expect(outcome.state).to.equal(state)
      expect(JSON.stringify(outcome)).to.not.contain(secret)
    })
})

describe('Teams by Graph', () => {
  const conformance = new Conformance(teams, connection)

  it('posts text as text, HTML only when asked to', () => {
    const { body, pathname } = conformance.rendered('message.send', { text: '<b>Ada</b>', subject: 'Hot' })
    expect(decodeURIComponent(pathname)).to.equal(
      `/v1.0/teams/${connection.teamId}/channels/${connection.channelId}/messages`,
    )
    expect(body).to.deep.equal({ subject: 'Hot', body: { contentType: 'text', content: '<b>Ada</b>' } })
    const html = conformance.rendered('message.send', { text: '<b>x</b>', format: 'html' })
    expect(html.body).to.deep.equal({ body: { contentType: 'html', content: '<b>x</b>' } })
    expect(() => conformance.rendered('message.send', { text: 'x', format: 'markdown' })).to.throw()
  })

  it('replies, and writes into chats', () => {
    expect(
      conformance.rendered('message.reply', { thread_id: '1616990032035', text: 'x' }).pathname,
    ).to.match(/messages\/1616990032035\/replies$/)
    expect(conformance.rendered('chat.send', { to: '19:abc@unq.gbl.spaces', text: 'x' }).pathname).to.match(
      /^\/v1\.0\/chats\/19%3Aabc%40unq\.gbl\.spaces\/messages$/,
    )
  })

  it('logs in at the tenant of the connection', () => {
    const { auth } = renderAuth(teams.auth[0], { clientId: 'c' }, connection)
    expect((auth as AuthorizationCodeAuth).tokenUrl).to.equal(
      `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0/token`,
    )
  })

  it('cannot be used without a login: no token can be written into its document', () => {
    const document = {
      apiVersion: 'neuronx/v1',
      kind: 'Integration',
      name: 'sink',
      connector: 'teams',
      connection,
      credentials: { accessToken: { secret: 'x' } },
    }
    expect(integrationKind.schema.safeParse(document).success).to.equal(false)
  })
})

describe('the logins of GoHighLevel', () => {
  const document = (credentials: JsonObject): JsonObject => ({
    apiVersion: 'neuronx/v1',
    kind: 'Integration',
    name: 'sink',
    connector: 'gohighlevel',
    connection: { locationId: 'loc-1' },
    credentials,
  })
  const authOf = (credentials: JsonObject) =>
    compileIntegration(integrationSchema.parse(document(credentials))).auth

  it('are a private token, or the app and a person', () => {
    expect(authOf({ accessToken: { secret: 'a' } })).to.deep.equal({ kind: 'bearer', token: 'accessToken' })
    expect(authOf({ clientId: { secret: 'a' }, clientSecret: { secret: 'b' } })).to.include({
      kind: 'oauth2',
      grant: 'authorization_code',
    })
  })

  it('ask for the location, and hold its id against the document', () => {
    const [, login] = gohighlevel.auth
    expect(login.params).to.deep.equal({ user_type: 'Location' })
    expect(login.capture).to.deep.equal({ locationId: 'locationId' })
  })
})
