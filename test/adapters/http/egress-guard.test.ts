import { expect } from 'chai'
import type { lookup } from 'node:dns'
import {
  EgressRefused,
  guardedLookup,
  isPrivateAddress,
  refusedLiteral,
} from '../../../src/adapters/http/egress-guard.ts'

const inside = [
  '127.0.0.1',
  '127.255.0.9',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd12::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '[::1]',
  'not an address',
]
const outside = ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8']

describe('the egress guard', () => {
  for (const address of inside)
    it(`takes ${address} for private`, () => expect(isPrivateAddress(address)).to.be.true)
  for (const address of outside)
    it(`takes ${address} for public`, () => expect(isPrivateAddress(address)).to.be.false)

  it('refuses hosts that are written as private addresses, and leaves names to the lookup', () => {
    expect(refusedLiteral('127.0.0.1')).to.be.instanceOf(EgressRefused)
    expect(refusedLiteral('[::1]')).to.be.instanceOf(EgressRefused)
    expect(refusedLiteral('8.8.8.8')).to.equal(null)
    expect(refusedLiteral('localhost')).to.equal(null)
  })

  it('refuses a name when one of its addresses is private', async () => {
    const resolve = ((_name: string, _options: object, done: (error: null, addresses: object[]) => void) =>
      done(null, [
        { address: '8.8.8.8', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ])) as unknown as typeof lookup
    const error = await new Promise((done) =>
      guardedLookup(resolve)('rebind.example', { all: true }, (failed) => done(failed)),
    )
    expect(error).to.be.instanceOf(EgressRefused)
  })
})
