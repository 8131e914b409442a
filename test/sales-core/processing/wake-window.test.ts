import { expect } from 'chai'
import { WakeWindow } from '../../../src/sales-core/processing/wake-window.ts'
import { ManualClock } from '../../fakes/manual-clock.ts'

/** Has it resolved by the time that everything that is ready has run? */
async function isOpen(room: Promise<void>): Promise<boolean> {
  let open = false
  void room.then(() => (open = true))
  await new Promise((resolve) => setImmediate(resolve))
  return open
}

describe('WakeWindow', () => {
  let clock: ManualClock
  let window: WakeWindow
  beforeEach(() => {
    clock = new ManualClock()
    window = new WakeWindow(clock)
  })

  it('lets fewer wake at once as soon as something comes from outside, and more again a while after the last', () => {
    const alone = window.size
    window.applied(0, 1)
    expect(window.size).to.be.below(alone / 4)
    clock.advance(60_000)
    expect(window.size).to.equal(alone)
  })

  it('has room again when all but half a round was applied', async () => {
    const { size } = window
    window.fired(size)
    const room = window.room()
    expect(await isOpen(room)).to.equal(false)
    window.applied(size / 2 - 1, 0)
    expect(await isOpen(room)).to.equal(false)
    window.applied(1, 0)
    await room
  })

  it('does not wait for timers that somebody else applies', async () => {
    window.fired(window.size)
    await window.room()
    expect(await isOpen(window.room())).to.equal(true)
  })

  it('lets no more wake because somebody else had fired what was applied', async () => {
    window.applied(10_000, 0)
    await window.room()
    window.fired(window.size)
    expect(await isOpen(window.room())).to.equal(false)
  })

  it('counts what was applied before its round had ended', async () => {
    await window.room()
    window.applied(window.size, 0)
    window.fired(window.size)
    expect(await isOpen(window.room())).to.equal(true)
  })
})
