import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import {
  countsText,
  endOfJob,
  jobColumns,
  jobExitCode,
  progressText,
  renderJob,
} from '../../../src/cli/jobs/shown-job.ts'
import { textWidth } from '../../../src/cli/text/text-width.ts'
import { renderTable } from '../../../src/cli/views/table.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'
import { someJob, tenSecondsIn } from '../../support/cli/some-job.ts'

describe('the exit code of who waited for a job', () => {
  const counts = { total: 3, done: 3, skipped: 0, failed: 0 }
  it('is 0 when everything is done', () => {
    expect(jobExitCode({ status: 'succeeded', counts })).to.equal(0)
  })
  it('is 3 when something failed, was skipped or was left, and something was done', () => {
    expect(jobExitCode({ status: 'partly_failed', counts: { ...counts, done: 2, failed: 1 } })).to.equal(3)
    expect(jobExitCode({ status: 'succeeded', counts: { ...counts, done: 2, skipped: 1 } })).to.equal(3)
    expect(jobExitCode({ status: 'cancelled', counts: { ...counts, done: 1 } })).to.equal(3)
  })
  it('is 1 when nothing was done', () => {
    expect(jobExitCode({ status: 'partly_failed', counts: { ...counts, done: 0, failed: 3 } })).to.equal(1)
    expect(jobExitCode({ status: 'succeeded', counts: { ...counts, done: 0, skipped: 3 } })).to.equal(1)
    expect(jobExitCode({ status: 'cancelled', counts: { ...counts, done: 0 } })).to.equal(1)
  })
  it('is 8 while it has not ended', () => {
    for (const status of ['waiting', 'running', 'paused'] as const)
      expect(jobExitCode({ status, counts })).to.equal(8)
  })
})

describe('the progress of a job', () => {
  it('says how far, how fast and how long still', () => {
    expect(progressText(someJob(), tenSecondsIn)).to.equal(
      '50/100  50%  45 done, 3 skipped, 2 failed  5.0/s  10s left',
    )
  })

  it('fits into 80 and into 40 columns', () => {
    const long = someJob({ sums: { suppressed: 1_000_000, applied_later: 2_000_000, published: 3_000_000 } })
    for (const columns of [80, 40]) {
      const text = progressText(long, tenSecondsIn, columns)
      expect(textWidth(text)).to.be.at.most(columns)
      expect(text).to.include('50/100  50%')
    }
  })

  it('counts without a share when nobody knows how many there are', () => {
    const walk = someJob({ counts: { total: 0, done: 20, skipped: 0, failed: 0 } })
    expect(progressText(walk, tenSecondsIn)).to.equal('20  20 done  2.0/s')
  })

  it('says why it does not move when it does not', () => {
    expect(progressText(someJob({ status: 'paused' }), tenSecondsIn)).to.match(/ {2}paused$/)
  })

  it('names the sums of its kind', () => {
    const { counts } = someJob()
    expect(countsText({ counts, sums: { applied_later: 4 } })).to.equal(
      '45 done, 3 skipped, 2 failed, 4 applied later',
    )
  })
})

describe('a job on the screen', () => {
  it('shows its pace in field terms and leaves out what is not set', () => {
    const text = renderJob(someJob(), fakeOutput())
    expect(text).to.match(/RATE +5\/s/)
    expect(text).to.match(/STOPS AT +20% failed/)
    expect(text).to.not.include('NOT BEFORE')
    expect(text).to.not.include('PAUSED')
  })

  it('is a line of a table at 80 columns', () => {
    const job = someJob({ kind: 'command.cancel', status: 'partly_failed' })
    const output = fakeOutput({ columns: 80 })
    const lines = renderTable([job], jobColumns(tenSecondsIn, output.columns), output).split('\n')
    expect(lines).to.have.length(2)
    for (const line of lines) expect(textWidth(stripVTControlCharacters(line))).to.be.at.most(80)
  })

  it('lists jobs without cutting ids at 80 and at 40 columns', () => {
    for (const columns of [80, 40]) {
      const text = stripVTControlCharacters(
        renderTable(
          [someJob({ reason: 'x'.repeat(200) })],
          jobColumns(tenSecondsIn, columns),
          fakeOutput({ columns }),
        ),
      )
      expect(text).to.include(someJob().id)
    }
  })

  it('says what to type next when it has not ended', () => {
    const paused = someJob({ status: 'paused', pausedBecause: '20 % of the items failed' })
    expect(endOfJob(paused, ' --tenant acme'))
      .to.include('20 % of the items failed')
      .and.to.include(`neuronx job resume ${paused.id} --tenant acme`)
    expect(endOfJob(someJob(), ' --all-tenants')).to.include(
      `neuronx job watch ${someJob().id} --all-tenants`,
    )
    expect(endOfJob(someJob({ status: 'succeeded' }), '')).to.not.include('next')
  })
})
