import { expect } from 'chai'
import fc from 'fast-check'
import { parsePace, parseRate, parseShare, rateMax } from '../../../src/cli/jobs/pace-flags.ts'
import { NxError } from '../../../src/kernel/errors.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const flags = { rate: '20/s', canary: 0, 'stop-on-fail': 'never' }

describe('the pace of a job', () => {
  it('takes rates by the second and by the minute', () => {
    expect(['5/s', '5', '300/m', '0.5/s', '30/m', '500'].map(parseRate)).to.deep.equal([
      5, 5, 5, 0.5, 0.5, 500,
    ])
  })

  it('takes shares as percentages and as fractions', () => {
    expect(['20%', '0.2', '100%', 'never'].map(parseShare)).to.deep.equal([0.2, 0.2, 1, null])
  })

  it('begins at a time or after a while', () => {
    expect(parsePace({ ...flags, at: '30m' }, now).startAt).to.equal('2026-01-31T12:30:00.000Z')
    expect(parsePace({ ...flags, at: '2026-02-01T00:00:00+01:00' }, now).startAt).to.equal(
      '2026-01-31T23:00:00.000Z',
    )
    expect(parsePace(flags, now).startAt).to.equal(null)
  })

  it('refuses what is neither, with a code and a fix', () => {
    const bad: readonly [() => unknown, string][] = [
      ...['', '0', '0/s', '-1/s', '501', '5/h', 'fast', '1e3', '5 /s'].map(
        (text): [() => unknown, string] => [() => parseRate(text), 'NX-RATE'],
      ),
      ...['', '0', '0%', '101%', '1.1', 'often', '-5%'].map((text): [() => unknown, string] => [
        () => parseShare(text),
        'NX-SHARE',
      ]),
      [() => parsePace({ ...flags, at: 'tomorrow' }, now), 'NX-TIME'],
      [() => parsePace({ ...flags, at: '2026-13-45' }, now), 'NX-TIME'],
    ]
    for (const [parse, code] of bad) expect(parse).to.throw(NxError).with.property('code', code)
  })

  it('never lets a rate above the limit through', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), (text) => {
        try {
          expect(parseRate(text)).to.be.within(1 / 60, rateMax)
        } catch (error) {
          expect(error).to.be.instanceOf(NxError)
        }
      }),
    )
  })
})
