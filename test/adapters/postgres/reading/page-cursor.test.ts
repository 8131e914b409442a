import { expect } from 'chai'
import { decodeTimeCursor, encodeCursor } from '../../../../src/adapters/postgres/reading/page-cursor.ts'
import { newId } from '../../../../src/kernel/ids.ts'

describe('decodeTimeCursor', () => {
  const id = newId()

  it('reads the times that the database writes', () => {
    const times = [
      '2026-03-05 12:00:00+00',
      '2026-03-05 12:00:00.123456+00',
      '2026-03-05T12:00:00.123456Z',
      'infinity',
    ]
    for (const at of times) expect(decodeTimeCursor(encodeCursor([at, id]))).to.deep.equal([at, id])
    expect(decodeTimeCursor(null)).to.deep.equal([null, null])
    expect(decodeTimeCursor(encodeCursor(['infinity', 'a/b']), (key) => key === 'a/b')[1]).to.equal('a/b')
  })

  it('refuses what the database would stumble over', () => {
    const wrong = [
      ['now', id],
      ['', id],
      ['2026-03-05', id],
      ['2026-02-30 12:00:00+00', id],
      ['2026-03-05 25:00:00+00', id],
      ['2026-03-05 12:00:00+99', id],
      ['2026-03-05 12:00:00+00', 'x'],
      ['2026-03-05 12:00:00+00'],
    ]
    for (const values of wrong) {
      const read = () => decodeTimeCursor(encodeCursor(values))
      expect(read, values.join(' ')).to.throw().with.property('code', 'NX-CURSOR')
    }
  })
})
