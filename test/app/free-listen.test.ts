import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { freeListenDefaults } from '../../src/app/free-listen.ts'
import { closedPort } from '../support/closed-port.ts'

describe('freeListenDefaults', () => {
  it('keeps a port that is free and gives up one that is taken', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const taken = { host: '127.0.0.1', port: (holder.address() as AddressInfo).port }
    const free = { host: '127.0.0.1', port: await closedPort() }
    try {
      const found = await freeListenDefaults({ httpListen: taken, opsListen: free })
      expect(found).to.deep.equal({ httpListen: { ...taken, port: 0 }, opsListen: free })
    } finally {
      await new Promise((resolve) => holder.close(resolve))
    }
  })
})
