import { expect } from 'chai'
import { parseRetryAfter, retryAfterMsMax } from '../../../src/adapters/http/retry-after.ts'

const now = new Date('2026-03-05T12:00:00Z')

describe('parseRetryAfter', () => {
  const cases: readonly [string | undefined, 's' | 'ms', number | null][] = [
    ['3', 's', 3_000],
    ['0.5', 's', 500],
    ['250', 'ms', 250],
    ['Thu, 05 Mar 2026 12:00:30 GMT', 's', 30_000],
    ['Thu, 05 Mar 2026 11:00:00 GMT', 's', 0],
    ['9999999999', 's', retryAfterMsMax],
    ['-5', 's', null],
    ['soon', 's', null],
    ['', 's', null],
    [undefined, 's', null],
  ]
  for (const [text, unit, expected] of cases) {
    it(`reads ${JSON.stringify(text)} in ${unit} as ${expected}`, () =>
      expect(parseRetryAfter(text, unit, now)).to.equal(expected))
  }
})
