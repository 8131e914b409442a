import { expect } from 'chai'
import { digestOf } from '../../../../src/kernel/digest.ts'
import { readIdempotencyKey, requestKey } from '../../../../src/adapters/gateway/requests/idempotency-key.ts'
import { incoming } from '../../../support/stores/intake.ts'
import { acmeId } from '../../../support/events.ts'

describe('the header Idempotency-Key', () => {
  const readable: readonly [string | undefined, string | null][] = [
    [undefined, null],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['  a/b:c=1+2~ ', 'a/b:c=1+2~'],
    ['"a \\"b\\" \\\\ c"', 'a "b" \\ c'],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ]
  for (const [header, key] of readable) {
    it(`is read from ${header?.slice(0, 40) ?? 'nothing'}`, () => {
      expect(readIdempotencyKey(header)).to.equal(key)
    })
  }

  const unreadable = ['', '""', '"a', 'a"', 'a b', 'a,b', 'a;b', '"a"; x=1', '"a\\n"', 'é', 'x'.repeat(256)]
  for (const header of [...unreadable, ['a', 'b']]) {
    it(`is refused as ${JSON.stringify(header).slice(0, 40)}`, () => {
      expect(() => readIdempotencyKey(header))
        .to.throw()
        .with.property('code', 'NX-HTTP-IDEMPOTENCY-KEY')
    })
  }

  it('stands for the events of its request and their order, whatever their new ids', () => {
    const event = (externalId: string, name = 'Ada') =>
      incoming({ tenantId: acmeId, externalId, data: { name } })
    const digest = (...events: ReturnType<typeof event>[]) => requestKey('k', 'default', events, 1).digest
    expect(digest(event('a'), event('b'))).to.equal(digest(event('a'), event('b')))
    expect(digest(event('a'))).to.equal(digestOf([['crm', 'a', event('a').digest]]))
    expect(
      new Set([
        digest(event('a')),
        digest(event('b')),
        digest(event('a', 'Eve')),
        digest(event('a'), event('b')),
        digest(event('b'), event('a')),
      ]),
    ).to.have.length(5)
  })
})
