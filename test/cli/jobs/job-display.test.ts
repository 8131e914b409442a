import { expect } from 'chai'
import { jobDisplay } from '../../../src/cli/jobs/job-display.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'
import { someJob, tenSecondsIn } from '../../support/cli/some-job.ts'

const counts = (done: number) => ({ total: 100, done, skipped: 0, failed: 0 })

describe('the display of a job', () => {
  it('tells a pipe every tenth of the way on stderr, once', async () => {
    const output = fakeOutput()
    const display = await jobDisplay('replay', output, 'text', () => tenSecondsIn)
    for (let done = 0; done <= 100; done += 1) display.show(someJob({ counts: counts(done) }))
    await display.end(false)
    expect(output.printed).to.deep.equal([])
    expect(output.told.map((line) => line.trim().split('  ')[0])).to.deep.equal(
      [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((done) => `${done}/100`),
    )
  })

  it('prints JSON lines on stdout, one for every change', async () => {
    const output = fakeOutput()
    const display = await jobDisplay('replay', output, 'jsonl', () => tenSecondsIn)
    for (const done of [1, 1, 2]) display.show(someJob({ counts: counts(done) }))
    await display.end(false)
    expect(
      output.printed.map((line) => (JSON.parse(line) as { counts: { done: number } }).counts.done),
    ).to.deep.equal([1, 2])
    expect(output.told).to.deep.equal([])
  })

  it('is silent when one envelope follows', async () => {
    const output = fakeOutput()
    const display = await jobDisplay('replay', output, 'none', () => tenSecondsIn)
    display.show(someJob())
    await display.end(true)
    expect([output.printed, output.told]).to.deep.equal([[], []])
  })
})
