import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { HealthReads } from '../../../../src/adapters/connectors/catalog/health-reads.ts'
import { ConnectorExecutor } from '../../../../src/adapters/connectors/connector-executor.ts'
import { OutgoingClient } from '../../../../src/adapters/http/outgoing-client.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { ReadOnlyLoop } from '../../../../src/messaging/dispatch/read-only-loop.ts'
import { querySuperuser } from '../../../support/database.ts'
import { allReporting, claimSome, reported, retryIn, succeeded } from '../../../support/stores/queue.ts'
import { createTenant } from '../../../support/stores/tenants.ts'
import { openTestQueue } from '../../../support/stores/test-queue.ts'
import type { TestQueue } from '../../../support/stores/test-queue.ts'
import { carrier, probeNow, shutGate, textMessage } from './failover-setup.ts'

describe('an integration that only reads while its credentials are refused', () => {
  let opened: TestQueue
  let tenantId: string
  let server: Server
  let asked: string[]
  let status: number
  let active: boolean
  before(async () => {
    opened = await openTestQueue()
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await opened.close()
  })
  beforeEach(async () => {
    await opened.reset()
    tenantId = (await createTenant(opened.database)).id
    asked = []
    status = 401
    active = true
  })

  const queue = () => opened.database.stores.commands
  const round = async (readOnlyAfter: string | null = '0s', rounds = 1): Promise<number> => {
    const { port } = server.address() as AddressInfo
    const integration = carrier('first', {
      connection: { baseUrl: `http://127.0.0.1:${port}` },
      health: 'look',
      ...(readOnlyAfter === null ? {} : { degrade: { readOnlyAfter } }),
    })
    const integrations = {
      integration: async (_tenant: string, _workspace: string, name: string) =>
        name === 'first' ? integration : null,
    }
    await using client = new OutgoingClient({ allowPrivate: true })
    const executor = new ConnectorExecutor({
      integrations,
      secrets: { resolve: async () => null },
      client,
      clock: systemClock,
      logger: silentLogger,
    })
    const loop = new ReadOnlyLoop({
      gates: opened.database.stores.refusedGates,
      reads: new HealthReads({ integrations, executor, tenantActive: () => active }),
      clock: systemClock,
      logger: silentLogger,
      onReopened: () => {},
    })
    let reopened = 0
    for (let n = 0; n < rounds; n += 1) reopened += await loop.round()
    return reopened
  }
  /** Gates that refuse for longer than the first, named before it, each with a command that is due after so long. */
  const others = async (dueIn: string): Promise<void> => {
    await querySuperuser(
      opened.test,
      `set session_replication_role = replica;
insert into dispatch_gate (tenant_id, integration, breaker, not_before, shut_since, reason, tokens)
select tenant_id, 'a' || n, breaker, now() - interval '1 hour', shut_since, reason, tokens
from dispatch_gate, generate_series(1, 60) n where integration = 'first';
insert into command_lane (command_id, lane_key, tenant_id, integration, priority, state, next_attempt_at, repeatable, run_lease)
select gen_random_uuid(), '${tenantId}/a' || n || '/default/lead/1', '${tenantId}', 'a' || n, 1, 'ready',
  now() + interval '${dueIn}', false, 0 from generate_series(1, 60) n`,
    )
  }
  const standing = async () => (await opened.database.stores.dispatch.standings(tenantId, 'first'))[0]
  const audit = async () => {
    const rows = await querySuperuser<{ action: string }>(
      opened.test,
      `select action from audit_log where tenant_id = $1 and target = 'integration/first' order by id`,
      [tenantId],
    )
    return rows.map(({ action }) => action)
  }
  const refusedMessage = async (): Promise<void> => {
    await opened.enqueue(textMessage(tenantId, 'one'))
    await shutGate(opened)
    await probeNow(opened, 'first')
  }

  it('reads instead of sending, says so, and sends nothing while the read is refused', async () => {
    await refusedMessage()
    expect(await round()).to.equal(0)
    expect(asked).to.deep.equal(['GET /look'])
    expect(await claimSome(queue())).to.have.length(0)
    expect((await standing())?.readOnlySince).to.be.a('string')
    const facts = await opened.database.stores.installation.facts({
      inDoubtMs: 1,
      overdueMs: 1,
      blockedHeadMs: 1,
      credentialFailingMs: 1,
      credentialEndingMs: 1,
      reconcileFailingMs: 1,
      webhooksLostPerHour: 1,
    })
    expect(facts.closedGates.find((gate) => gate.tenantId === tenantId)).to.include({ readOnly: true })
    // Held for a minute at least: the next round has nothing to find out.
    expect(await round()).to.equal(0)
    expect(asked).to.have.length(1)
    await probeNow(opened, 'first')
    await round()
    expect(asked).to.have.length(2)
    expect(await audit()).to.deep.equal(['integration.read_only'])
  })

  it('is live again by itself once a read is accepted: one message first, then all', async () => {
    await refusedMessage()
    await opened.enqueue(textMessage(tenantId, 'two'))
    await round()
    status = 200
    await probeNow(opened, 'first')
    expect(await round()).to.equal(1)
    const [probe, ...others] = await claimSome(queue())
    expect([probe?.probe, others]).to.deep.equal([true, []])
    await queue().settle(allReporting([probe!], succeeded, reported()))
    expect(await standing()).to.include({ readOnlySince: null, breaker: 'closed' })
    expect(await audit()).to.deep.equal(['integration.read_only', 'integration.read_only_ends'])
  })

  it('leaves the next try to a message before its time, where it is not declared, and for other troubles', async () => {
    await refusedMessage()
    expect([await round('10m'), await round(null)]).to.deep.equal([0, 0])
    await querySuperuser(opened.test, `update dispatch_gate set reason = 'NX-CALL-NO-ANSWER'`)
    expect(await round()).to.equal(0)
    expect(asked).to.deep.equal([])
    const [probe] = await claimSome(queue())
    expect(probe?.probe).to.equal(true)
  })

  it('calls nothing for a tenant that is suspended', async () => {
    await refusedMessage()
    active = false
    expect(await round()).to.equal(0)
    expect([asked, (await standing())?.readOnlySince]).to.deep.equal([[], null])
  })

  it('is read though many refuse before it that nobody looks after', async () => {
    await refusedMessage()
    await others('1 day')
    await round()
    expect(asked).to.have.length(1)
    await probeNow(opened, 'first')
    await querySuperuser(
      opened.test,
      `update command_lane set next_attempt_at = now() where integration <> 'first'`,
    )
    await round('0s', 2)
    expect(asked).to.have.length(2)
  })

  it('is read by one of several daemons', async () => {
    await refusedMessage()
    await Promise.all([round(), round(), round()])
    expect(asked).to.have.length(1)
  })

  it('waits longer again when a message is refused after an accepted read', async () => {
    await refusedMessage()
    status = 200
    expect(await round()).to.equal(1)
    const probe = await claimSome(queue())
    const refused = reported({ health: 'credentials', reason: 'NX-CALL-CREDENTIALS' })
    await queue().settle(allReporting(probe, retryIn(0, false), refused))
    expect(await round()).to.equal(0)
    expect(asked).to.have.length(1)
    expect(Date.parse((await standing())?.shutUntil ?? '') - systemClock.now().getTime()).to.be.greaterThan(
      25_000,
    )
  })
})
