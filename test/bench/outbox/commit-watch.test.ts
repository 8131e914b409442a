import { expect } from 'chai'
import { CommitWatch } from '../../../bench/outbox/commit-watch.ts'

describe('CommitWatch', () => {
  it('ends when so many were committed, whoever they are', async () => {
    const watch = new CommitWatch()
    let ended = false
    const waiting = watch.until(2).then(() => (ended = true))
    watch.committed('a')
    await Promise.resolve()
    expect(ended).to.equal(false)
    watch.committed('b')
    await waiting
  })

  it('samples each event of a steady load once, from before it was put in', async () => {
    const watch = new CommitWatch()
    const samples = await watch.steady({ phase: 'p', perSecond: 100, seconds: 1 }, async (from, count) => {
      for (let index = from; index < from + count; index++) watch.committed(`event-p-${index}`)
    })
    expect(samples).to.have.length(100)
    expect(samples.every(({ ms, atSeconds }) => ms >= 0 && atSeconds <= 5)).to.equal(true)
  })
})
