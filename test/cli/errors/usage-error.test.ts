import { expect } from 'chai'
import { usageError } from '../../../src/cli/errors/usage-error.ts'

describe('usageError', () => {
  it('begins with what is wrong, not with the heading over it', () => {
    const one = new Error(
      'The following error occurred:\n  Missing required flag reason\nSee more help with --help',
    )
    expect(usageError(one, 'config rollback', [])).to.include({
      code: 'NX-USAGE',
      message: 'Missing required flag reason',
      fix: 'neuronx config rollback --help',
    })
    const two = new Error(
      'The following errors occurred:\n  Missing required flag reason\n  Missing required flag scope\nSee more help with --help',
    )
    expect(usageError(two, 'config rollback', [])).to.include({
      message: 'Missing required flag reason',
      detail: 'Missing required flag scope',
    })
  })

  it('falls back to words of its own when the parser said nothing but the heading', () => {
    expect(usageError(new Error('The following error occurred:\n'), 'x', []).message).to.equal(
      'The command was not understood',
    )
  })
})
