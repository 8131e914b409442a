import { expect } from 'chai'
import { fakeNames } from '../../../../src/adapters/connectors/fakes/known-fakes.ts'
import { compileIntegration } from '../../../../src/adapters/connectors/compile-integrations.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { integrationSchema } from '../../../../src/adapters/connectors/integration-schema.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import type { AttemptOutcome } from '../../../../src/messaging/commands/command.ts'
import { cleared } from '../../../fakes/open-gate.ts'
import { leased } from '../executor-setup.ts'
import { FakeSetup, inputs } from './fake-setup.ts'

const sends: Readonly<Record<string, string>> = { webhook: 'event.send' }
/** The executor may repeat these: the vendor knows them by our key. */
const repeatable = new Set(['resend', 'webhook'])
/** Says nothing in its answer, so no shape of it is wrong. */
const silent = new Set(['teams-workflow', 'webhook'])

const doubt = (name: string): string => (repeatable.has(name) ? 'retryable' : 'unknown_outcome')

describe('Faults of fake vendors, met by the real executor', () => {
  for (const name of fakeNames) {
    describe(name, () => {
      const operation = sends[name] ?? 'message.send'
      const input = inputs[name]?.[operation] ?? {}
      let setup: FakeSetup
      beforeEach(async () => (setup = await FakeSetup.start(name)))
      afterEach(async () => await setup[Symbol.asyncDispose]())

      const sent = () => setup.vendor.effects.filter((call) => call.operation === operation).length
      const send = async (): Promise<AttemptOutcome> => await setup.run(operation, input)

      it('rate_limited parks the integration for as long as asked, and nothing was sent', async () => {
        await setup.fault({ kind: 'rate_limited', operation, afterMs: 7_000 })
        expect(await send()).to.deep.include({ state: 'parked', wholeIntegration: true, retryAfterMs: 7_000 })
        expect(sent()).to.equal(0)
        expect((await send()).state).to.equal('succeeded')
      })

      it('server_error leaves a send in doubt, unless it may be repeated', async () => {
        await setup.fault({ kind: 'server_error', operation })
        expect((await send()).state).to.equal(doubt(name))
        expect(sent()).to.equal(0)
      })

      it('slow is in doubt after the timeout, and was sent', async () => {
        await using hasty = await FakeSetup.start(name, { limits: { timeout: '500ms' } })
        await hasty.fault({ kind: 'slow', operation, afterMs: 5_000 })
        expect((await hasty.run(operation, input)).state).to.equal(doubt(name))
        expect(hasty.vendor.effects.filter((call) => call.operation === operation)).to.have.length(1)
      })

      it('reset_after_effect is in doubt, and was sent', async () => {
        await setup.fault({ kind: 'reset_after_effect', operation })
        expect((await send()).state).to.equal(doubt(name))
        expect(sent()).to.equal(1)
        if (repeatable.has(name)) expect((await send()).state).to.equal('succeeded')
        expect(sent()).to.equal(1)
      })

      for (const kind of ['schema_change', 'html']) {
        it(`${kind} is ${silent.has(name) ? 'not noticed where nothing of the answer is read' : 'in doubt'}, and was sent`, async () => {
          await setup.fault({ kind, operation })
          expect((await send()).state).to.equal(silent.has(name) ? 'succeeded' : doubt(name))
          expect(sent()).to.equal(1)
        })
      }

      it('revoked_token shuts the integration for its credentials, or is got over with a new token', async () => {
        await setup.fault({ kind: 'revoked_token', operation })
        const outcome = await send()
        if (name === 'teams') {
          expect(outcome.state).to.equal('succeeded')
          return
        }
        expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
        expect(outcome).to.have.nested.property('error.code', 'NX-CALL-CREDENTIALS')
        expect((await send()).state).to.equal('parked')
        expect(sent()).to.equal(0)
        if (name !== 'webhook') {
          setup.secrets['a'] = 'a-new-secret'
          expect((await send()).state).to.equal('succeeded')
        }
        await fetch(`${setup.vendor.url}/_fake/faults`, { method: 'DELETE' })
        expect((await send()).state).to.equal('succeeded')
      })
    })
  }

  it('what was sent before a reset is found again by a look', async () => {
    await using setup = await FakeSetup.start('twilio')
    const path = `/2010-04-01/Accounts/AC${'0'.repeat(32)}/Messages.json`
    const document = {
      ...{ apiVersion: 'neuronx/v1', kind: 'Integration', name: 'it', connector: 'http' },
      connection: { baseUrl: `${setup.vendor.url}/_to/acme/it` },
      auth: { kind: 'basic', username: { secret: 'a' }, password: { secret: 'a' } },
      operations: {
        send: {
          ...{ method: 'POST', path, effect: 'send', encode: 'form' },
          body: { To: '{{ input.to }}', From: '+14155550100', Body: '{{ input.text }}' },
          verify: {
            ...{ path, query: { To: '{{ input.to }}' }, list: 'messages', verifyAfterMs: 0 },
            match: { body: '{{ input.text }}' },
          },
        },
      },
    }
    await using client = new OutgoingClient({ allowPrivate: true })
    const integration = compileIntegration(integrationSchema.parse(document))
    const executor = new ConnectorExecutor({
      integrations: { integration: async () => integration },
      secrets: { resolve: async () => 'any-test-secret' },
      ...{ client, clock: systemClock, logger: silentLogger },
    })
    await setup.fault({ kind: 'reset_after_effect', operation: 'message.send' })
    const command = leased(
      'send',
      { to: '+14155550123', text: 'Hi' },
      { integration: 'it', repeatable: 'no' },
    )
    const { signal } = new AbortController()
    expect((await executor.execute(await cleared(command), signal)).state).to.equal('unknown_outcome')
    expect((await executor.verify(command, 60_000, signal)).state).to.equal('happened')
    const other = leased('send', { to: '+14155550123', text: 'Never sent' }, { integration: 'it' })
    expect((await executor.verify(other, 60_000, signal)).state).to.equal('did_not_happen')
    expect(setup.vendor.effects.length).to.equal(1)
  })

  it('no new token is given out when the login itself was taken back', async () => {
    await using setup = await FakeSetup.start('teams')
    await setup.fault({ kind: 'revoked_token', operation: 'oauth.token' })
    const outcome = await setup.run('message.send', { text: 'Hi' })
    expect(outcome).to.have.nested.property('error.code', 'NX-AUTH-REFUSED')
    expect(outcome).to.deep.include({ state: 'parked', wholeIntegration: true })
    expect((await setup.run('message.send', { text: 'Hi' })).state).to.equal('parked')
    await fetch(`${setup.vendor.url}/_fake/faults`, { method: 'DELETE' })
    expect((await setup.run('message.send', { text: 'Hi' })).state).to.equal('succeeded')
  })

  it('a credential is taken back from one integration, not from all that look alike', async () => {
    await using setup = await FakeSetup.start('webhook')
    await setup.fault({ kind: 'revoked_token' })
    await setup.run('event.send', { type: 'lead.created' })
    const [{ headers, body, path } = { headers: {}, body: null, path: '' }] = setup.vendor.calls
    const {
      host: _host,
      connection: _connection,
      'content-length': _length,
      ...kept
    }: Record<string, string> = headers
    const answers = []
    for (const caller of ['acme/it', 'other/it']) {
      const address = `${setup.vendor.url}/_to/${caller}${path}`
      answers.push(
        (await fetch(address, { method: 'POST', headers: kept, body: JSON.stringify(body) })).status,
      )
    }
    expect(answers).to.deep.equal([401, 200])
  })

  it('a fault waits for its operation, and for as many calls as said', async () => {
    await using setup = await FakeSetup.start('slack')
    await setup.fault({ kind: 'rate_limited', operation: 'message.send', count: 2 })
    const states = []
    for (const operation of ['account.check', 'message.send', 'message.send', 'message.send'])
      states.push((await setup.run(operation, inputs['slack']?.[operation] ?? {})).state)
    expect(states).to.deep.equal(['succeeded', 'parked', 'parked', 'succeeded'])
  })
})
