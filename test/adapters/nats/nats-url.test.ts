import { expect } from 'chai'
import { parseNatsUrl } from '../../../src/adapters/nats/nats-url.ts'

describe('parseNatsUrl', () => {
  it('reads credentials, several servers and the default port', () => {
    expect(parseNatsUrl('nats://ada:p%40ss:word@one,two:5222')).to.deep.equal({
      servers: ['one:4222', 'two:5222'],
      tls: false,
      user: 'ada',
      pass: 'p@ss:word',
    })
  })

  it('reads a lone user as a token, and tls', () => {
    expect(parseNatsUrl('tls://s3cr3t@[::1]:4223/')).to.deep.equal({
      servers: ['[::1]:4223'],
      tls: true,
      token: 's3cr3t',
    })
    expect(parseNatsUrl('nats://localhost')).to.deep.equal({ servers: ['localhost:4222'], tls: false })
  })

  for (const url of [
    '',
    'localhost:4222',
    'http://localhost',
    'nats://',
    'nats://:pw@',
    'nats://a:b@h:port',
    'nats://%zz:pw@host',
  ]) {
    it(`refuses '${url}' without repeating it`, () => {
      expect(() => parseNatsUrl(url))
        .to.throw()
        .with.property('code', 'NX-BUS-URL')
    })
  }
})
