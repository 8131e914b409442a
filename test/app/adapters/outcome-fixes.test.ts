import { expect } from 'chai'
import { fixOf, kindOfCallCode } from '../../../src/app/adapters/testing/outcome-fixes.ts'
import { exitOfHealth } from '../../../src/cli/adapters/test-exit.ts'

describe('a call of a command that failed', () => {
  const ends: readonly (readonly [string, string, number])[] = [
    ['NX-CALL-UNREACHABLE', 'unreachable', 69],
    ['NX-CALL-NO-ANSWER', 'unreachable', 69],
    ['NX-EGRESS-PRIVATE', 'unreachable', 69],
    ['NX-AUTH-UNREACHABLE', 'unreachable', 69],
    ['NX-CALL-RATE-LIMITED', 'unavailable', 75],
    ['NX-CALL-QUOTA', 'unavailable', 75],
    ['NX-CALL-FAILED', 'unavailable', 75],
    ['NX-AUTH-BUSY', 'unavailable', 75],
    ['NX-CALL-CREDENTIALS', 'configuration', 78],
    ['NX-SECRET-MISSING', 'configuration', 78],
    ['NX-AUTH-LOGIN', 'configuration', 78],
    ['NX-CALL-REFUSED', 'conflict', 1],
  ]
  for (const [code, kind, exit] of ends)
    it(`with ${code} is of the kind ${kind}, and ends with ${exit}`, () => {
      expect([kindOfCallCode(code), exitOfHealth({ state: 'failed', code })]).to.deep.equal([kind, exit])
    })

  it('names the command that shows the steps, wherever it is said', () => {
    expect(fixOf('NX-CALL-UNREACHABLE', 'sms', 'acme')).to.contain('`neuronx adapter test sms --tenant acme`')
  })
})
