import { expect } from 'chai'
import { databaseError } from '../../../../src/adapters/postgres/connection/database-error.ts'

const failure = (code: string) => Object.assign(new Error('it failed'), { code })

describe('database errors', () => {
  const cases: readonly [string, string, boolean][] = [
    ['40001', 'NX-DB-RETRY', true],
    ['57P01', 'NX-DB-UNREACHABLE', true],
    ['ECONNREFUSED', 'NX-DB-UNREACHABLE', true],
    ['53100', 'NX-DB-RESOURCES', true],
    ['25006', 'NX-DB-RESOURCES', true],
    ['57014', 'NX-DB-TIMEOUT', true],
    ['28P01', 'NX-DB-LOGIN', false],
    ['22021', 'NX-DB-STATEMENT', false],
  ]
  for (const [state, code, retryable] of cases) {
    it(`are ${code} for ${state}, ${retryable ? 'worth' : 'not worth'} trying again`, () => {
      expect(databaseError(failure(state))).to.include({ code, retryable })
    })
  }

  it('blame no event for a full disk: nobody becomes a dead letter for it', () => {
    expect(databaseError(failure('53100')).kind).to.equal('unreachable')
  })
})
