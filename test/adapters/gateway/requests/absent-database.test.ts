import { expect } from 'chai'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { openDatabase } from '../../../../src/adapters/postgres/database.ts'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { silentLogger } from '../../../../src/kernel/logger.ts'
import { IntakeBatcher } from '../../../../src/messaging/intake/intake-batcher.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { eventually } from '../../../support/eventually.ts'
import { GatewaySetup } from '../gateway-setup.ts'

/** A way to a server that can be cut and mended. */
async function cuttable(target: URL) {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(target)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: url.href,
    cut,
    mend: () => (isCut = false),
    close: async () => {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('the gateway without its database', () => {
  it('answers 503 with Retry-After while it is away, loses nothing it accepted, and goes on by itself', async () => {
    const test = await createTestDatabase()
    const way = await cuttable(new URL(test.url))
    const database = await openDatabase(way.url, { logger: silentLogger, clock: systemClock })
    const setup = new GatewaySetup()
    try {
      const batcher = new IntakeBatcher({ store: database.stores.intake, onCommit: () => {} })
      setup.door = batcher
      await setup.start()
      const send = async (id: string) =>
        await setup.publish({
          specversion: '1.0',
          id,
          source: 'crm',
          type: 'lead.created',
          subject: `lead/${id}`,
          data: {},
        })
      const before = await send('before')
      expect(before.status).to.equal(202)
      way.cut()
      const away = await Promise.all(
        Array.from({ length: 30 }, async (_, index) => await send(`away-${index}`)),
      )
      expect(new Set(away.map(({ status }) => status))).to.deep.equal(new Set([503]))
      for (const { headers } of away) expect(Number(headers.get('retry-after'))).to.be.at.least(1)
      expect(batcher.waiting).to.equal(0)
      way.mend()
      await eventually(async () => (await send('after')).status === 202)
      const again = await send('before')
      expect(again.body?.accepted).to.deep.equal([{ id: before.body?.accepted?.[0]?.id, duplicate: true }])
    } finally {
      await setup.stop()
      await way.close()
      await database[Symbol.asyncDispose]()
      await test.drop()
    }
  })
})
