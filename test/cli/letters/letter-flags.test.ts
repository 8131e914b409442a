import { expect } from 'chai'
import { parseEntityRef } from '../../../src/cli/flags.ts'
import { bulkSelectionOf } from '../../../src/cli/letters/letter-flags.ts'
import { NxError } from '../../../src/kernel/errors.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const none = { workspace: 'default', all: false, max: 500 }

async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'none',
    (error: unknown) => (error instanceof NxError ? error.code : String(error)),
  )
}

describe('the letters of a bulk action', () => {
  it('are those that are named, each once', async () => {
    expect(await bulkSelectionOf(['a', 'b', 'a'], none, now)).to.deep.equal({ ids: ['a', 'b'] })
  })

  it('are the open ones that match a filter, at most so many', async () => {
    const flags = { ...none, group: 'fp_1', entity: 'lead:42', since: '24h', max: 7 }
    expect(await bulkSelectionOf([], flags, now)).to.deep.equal({
      fingerprint: 'fp_1',
      entity: { workspace: 'default', kind: 'lead', id: '42' },
      since: '2026-01-30T12:00:00.000Z',
      status: 'open',
      max: 7,
    })
  })

  it('are all only when that is said', async () => {
    expect(await codeOf(bulkSelectionOf([], none, now))).to.equal('NX-USAGE')
    expect(await bulkSelectionOf([], { ...none, all: true }, now)).to.deep.equal({ status: 'open', max: 500 })
  })

  it('are said in one way, not in two', async () => {
    expect(await codeOf(bulkSelectionOf(['a'], { ...none, group: 'fp_1' }, now))).to.equal('NX-USAGE')
    expect(await codeOf(bulkSelectionOf(['a'], { ...none, all: true }, now))).to.equal('NX-USAGE')
    expect(await codeOf(bulkSelectionOf([], { ...none, all: true, code: 'NX-A' }, now))).to.equal('NX-USAGE')
  })

  it('are at most 500 when they are named', async () => {
    const ids = Array.from({ length: 501 }, (_, index) => `id${index}`)
    expect(await codeOf(bulkSelectionOf(ids, none, now))).to.equal('NX-USAGE')
  })
})

describe('parseEntityRef', () => {
  it('takes a slash or a colon, whichever comes first', () => {
    expect(parseEntityRef('lead/42')).to.deep.equal({ kind: 'lead', id: '42' })
    expect(parseEntityRef('lead:42')).to.deep.equal({ kind: 'lead', id: '42' })
    expect(parseEntityRef('lead/a:b')).to.deep.equal({ kind: 'lead', id: 'a:b' })
    expect(parseEntityRef('lead:a/b')).to.deep.equal({ kind: 'lead', id: 'a/b' })
  })

  it('refuses half of one', () => {
    for (const text of ['', 'lead', 'lead/', ':42']) {
      expect(() => parseEntityRef(text))
        .to.throw(NxError)
        .with.property('code', 'NX-ENTITY-REF')
    }
  })
})
