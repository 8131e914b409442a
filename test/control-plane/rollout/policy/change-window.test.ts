import { expect } from 'chai'
import { insideWindow, nextOpening } from '../../../../src/control-plane/rollout/policy/change-window.ts'
import { policyOf } from '../judge/observed.ts'

const { windows: office } = policyOf({
  windows: [{ tz: 'Europe/Berlin', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '17:00' }],
})
const { windows: night } = policyOf({ windows: [{ tz: 'UTC', days: ['fri'], from: '22:00', to: '02:00' }] })
const at = (text: string): number => Date.parse(text)

describe('a change window', () => {
  it('is always open when there is none', () => {
    expect(insideWindow([], 0)).to.equal(true)
  })

  it('opens at its local time, in winter and in summer', () => {
    expect(insideWindow(office, at('2026-01-05T07:59:59Z'))).to.equal(false)
    expect(insideWindow(office, at('2026-01-05T08:00:00Z'))).to.equal(true)
    expect(insideWindow(office, at('2026-07-06T07:00:00Z'))).to.equal(true)
    expect(insideWindow(office, at('2026-07-06T15:00:00Z'))).to.equal(false)
    expect(insideWindow(office, at('2026-01-04T10:00:00Z'))).to.equal(false)
  })

  it('goes over midnight into the day after', () => {
    expect(insideWindow(night, at('2026-01-02T23:00:00Z'))).to.equal(true)
    expect(insideWindow(night, at('2026-01-03T01:59:00Z'))).to.equal(true)
    expect(insideWindow(night, at('2026-01-02T01:00:00Z'))).to.equal(false)
  })

  it('says when it opens next, to the minute', () => {
    expect(nextOpening(office, at('2026-01-02T16:00:01Z'))).to.equal(at('2026-01-05T08:00:00Z'))
    expect(nextOpening(office, at('2026-01-05T08:00:30Z'))).to.equal(at('2026-01-05T08:00:30Z'))
    expect(nextOpening(night, at('2026-01-03T02:00:00Z'))).to.equal(at('2026-01-09T22:00:00Z'))
  })
})
