import { expect } from 'chai'
import fc from 'fast-check'
import type { Marks } from '../../../src/sales-core/decide/marks.ts'
import {
  MarkDraft,
  markValueCharsMax,
  marksMax,
  readMark,
  withMarkChanges,
} from '../../../src/sales-core/decide/marks.ts'

const start = Date.parse('2026-03-05T12:00:00.000Z')
const at = (minute: number): string => new Date(start + minute * 60_000).toISOString()

describe('marks of an entity', () => {
  it('are forgotten at their end, not before', () => {
    const marks: Marks = { a: { value: 1, until: at(5) }, b: { value: 2, until: null } }
    expect(readMark(marks, 'a', at(4))).to.equal(1)
    expect(readMark(marks, 'a', at(5))).to.equal(undefined)
    expect(readMark(marks, 'b', at(5_000_000))).to.equal(2)
    expect(readMark(marks, 'toString', at(0))).to.equal(undefined)
  })
  it('stay the same object when an event marks nothing', () => {
    const marks: Marks = { a: { value: 1, until: at(5) } }
    const draft = new MarkDraft(marks, at(9))
    draft.drop('b')
    expect(draft.settle()).to.deep.equal({ marks, changes: [], notes: [] })
    expect(draft.settle().marks).to.equal(marks)
  })
  it('are at most so many: those that end first go first, those without end last, and it is said', () => {
    const draft = new MarkDraft({ forever: { value: 0, until: null } }, at(0))
    for (let n = 0; n < marksMax + 2; n += 1) draft.set(`m${n}`, n, at(n + 1))
    const { marks, notes } = draft.settle()
    expect(Object.keys(marks)).to.have.length(marksMax)
    expect([marks['forever'], marks['m2'], marks['m3']].map((mark) => mark === undefined)).to.deep.equal([
      false,
      true,
      false,
    ])
    expect(notes.join()).to.contain('3 were forgotten')
  })
  it('refuse values that are too large', () => {
    const draft = new MarkDraft({}, at(0))
    expect(() => draft.set('a', 'x'.repeat(markValueCharsMax), null)).to.throw(RangeError)
  })

  const key = fc.constantFrom('a', 'b', 'c', 'd')
  const step = fc.record({
    minute: fc.nat(3),
    writes: fc.array(
      fc.oneof(
        fc.record({ key, value: fc.nat(9), until: fc.option(fc.nat(12)) }),
        fc.record({ key, drop: fc.constant(true as const) }),
      ),
      { maxLength: 4 },
    ),
  })
  it('agree with a plain table after any sequence of writes, and are the fold of their changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let now = 0
        let marks: Marks = {}
        let folded: Marks = {}
        const table = new Map<string, { value: number; until: number | null }>()
        for (const { minute, writes } of steps) {
          now += minute
          const draft = new MarkDraft(marks, at(now))
          for (const write of writes) {
            if ('drop' in write) {
              draft.drop(write.key)
              table.delete(write.key)
            } else {
              const until = write.until === null ? null : now + write.until
              draft.set(write.key, write.value, until === null ? null : at(until))
              table.set(write.key, { value: write.value, until })
            }
          }
          const settled = draft.settle()
          folded = withMarkChanges(folded, settled.changes)
          marks = settled.marks
          for (const name of ['a', 'b', 'c', 'd']) {
            const known = table.get(name)
            const expected = known === undefined || (known.until ?? now + 1) <= now ? undefined : known.value
            expect(readMark(marks, name, at(now))).to.equal(expected)
          }
          expect(folded).to.deep.equal(marks)
        }
      }),
    )
  })
})
