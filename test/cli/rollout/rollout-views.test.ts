import { expect } from 'chai'
import { reportOf } from '../../../src/app/rollout/report/report-rollout.ts'
import { statusOf } from '../../../src/app/rollout/describe-rollout.ts'
import { judgedStatus } from '../../../src/app/rollout/judged-status.ts'
import type { RolloutStatus } from '../../../src/app/rollout/rollout-status.ts'
import { exposureLines } from '../../../src/cli/rollout/exposure-lines.ts'
import { renderStatus } from '../../../src/cli/rollout/render-status.ts'
import { reportMarkdown } from '../../../src/cli/rollout/report-markdown.ts'
import { summaryLine } from '../../../src/cli/rollout/status-words.ts'
import { textWidth } from '../../../src/cli/text/text-width.ts'
import { arm, countsOf, factsOf, hourMs, stepOf } from '../../control-plane/rollout/judge/observed.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'
import { ledgerOf, reportedRollout } from '../../support/rollout/reported-rollout.ts'

const now = new Date(hourMs)
const counts = countsOf(stepOf(0, 0.05, arm(41, 1), arm(783, 3)))
const health = { daemonsBehind: ['daemon-with-a-rather-long-name-a', 'daemon-with-a-rather-long-name-b'] }
const status = (): RolloutStatus => {
  const rollout = reportedRollout({
    reason: 'a reason that somebody has explained at some length '.repeat(4).trim(),
  })
  const facts = factsOf(hourMs, { health })
  const observed = { counts, facts, nowMs: hourMs, waiting: { candidate: 3, baseline: 12 } }
  return statusOf(rollout, judgedStatus(rollout.policy, observed), 1)
}

describe('the status of a rollout on a screen', () => {
  it('fits into 80 columns and loses nothing', () => {
    const text = renderStatus(status(), fakeOutput({ columns: 80, environment: { NO_COLOR: '1' } }), now)
    for (const line of text.split('\n')) expect(textWidth(line), line).to.be.at.most(80)
    const words = text.replaceAll(/\s+/g, ' ')
    expect(words)
      .to.include('41 of 59 units')
      .and.to.include('daemon-with-a-rather-long-name-b')
      .and.to.include(status().nextAction)
  })

  it('shows units matured and waiting, failures, evidence against 1/alpha, and the bound', () => {
    const text = renderStatus(status(), fakeOutput(), now)
    expect(text)
      .to.match(/candidate +41 +41 +3 +1 +1 +2.44 %/)
      .and.to.match(/baseline +783 +783 +12 +3/)
      .and.to.match(/errors +\S+ +167 +\S+x +0.6 % +1\/41 +3\/783/)
      .and.to.match(/PROVEN +at most 11.\d % errors of its own \(1 in 41 units, 95 %\)/)
      .and.to.match(/MISSING +units_missing: .*expected in 21m36s \(1970-01-01T01:21:36/)
      .and.to.match(/ daemons_behind: not yet/)
  })

  it('has no colours and no wrapped lines when piped', () => {
    const text = renderStatus(status(), fakeOutput(), now)
    expect(text).to.not.include('\u001b')
    expect(text.split('\n').filter((line) => line.startsWith('REASON'))).to.have.length(1)
  })

  it('keeps text from outside from steering the terminal', () => {
    const rollout = reportedRollout({ reason: 'x\u001b[2Jy', startedBy: 'local:a\nb' })
    const text = renderStatus(
      statusOf(rollout, null, 1),
      fakeOutput({ columns: 80, environment: { NO_COLOR: '1' } }),
      now,
    )
    expect(text).to.include('x·[2Jy').and.to.include('local:a⏎b')
  })

  it('says where it is in one line for every change', () => {
    expect(summaryLine(status())).to.match(
      /^1970-01-01T01:00:00.000Z step step 1 of 20 5 % {2}hold {2}units 41\/59 {2}failed 1\/3 {2}E errors \S+\/167 {2}missing /,
    )
  })
})

describe('the report of a rollout as Markdown', () => {
  const { policy, state } = reportedRollout()
  const { records, state: ended } = ledgerOf(policy, state, [
    { nowMs: hourMs, counts: countsOf(stepOf(0, 0.05, arm(30, 30), arm(570))), facts: factsOf(hourMs) },
  ])

  it('holds the numbers of each verdict and whether it was made again', () => {
    const text = reportMarkdown(reportOf(reportedRollout({ state: ended }), records))
    expect(text)
      .to.include('| rollback | agrees |')
      .and.to.match(/\| candidate \| 30 \| 30 \| 30 \| 30 \| 100 % \| 0 \|/)
      .and.to.match(/\| errors \| \S+ \| 167 \| yes \| 30\/30 \| 0\/570 \|/)
      .and.to.include('**Everything agrees.**')
  })

  it('says so where something does not agree', () => {
    const text = reportMarkdown(reportOf(reportedRollout(), records))
    expect(text).to.include('The ledger is not whole').and.to.include('**Not everything agrees.**')
  })
})

describe('exposures as lines', () => {
  const action = {
    commandId: 'c1',
    eventId: 'e1',
    integration: 'sms',
    operation: 'send',
    state: 'succeeded',
    at: '2026-03-05T12:00:01.000Z',
  }
  const unit = (name: string, actions: readonly (typeof action)[]) => ({
    tenant: 'acme',
    tenantId: 't',
    unit: name,
    entityKey: `default/${name}`,
    firstAt: '2026-03-05T12:00:00.000Z',
    actions,
  })
  async function* units() {
    yield unit('lead/a,"b"', [action, action])
    yield unit('=HYPERLINK(1)', [])
    yield unit('lead/3', [])
  }
  const linesOf = async (format: 'csv' | 'jsonl', max: number): Promise<readonly string[]> => {
    const lines: string[] = []
    for await (const line of exposureLines(units(), { format, max }, { units: 0 })) lines.push(line)
    return lines
  }

  it('has a line for each action, and one for a unit without any', async () => {
    const lines = await linesOf('csv', 10)
    expect(lines).to.have.length(5)
    expect(lines[1]).to.match(/^acme,"lead\/a,""b""","default\/lead\/a,""b""",.*,c1,e1,sms,send,succeeded,/)
    expect(lines[3]).to.match(/^acme,'=HYPERLINK\(1\),/)
  })

  it('stops after as many units as are wanted', async () => {
    const lines = await linesOf('jsonl', 2)
    expect(lines.map((line) => (JSON.parse(line) as { unit: string }).unit)).to.deep.equal([
      'lead/a,"b"',
      '=HYPERLINK(1)',
    ])
  })
})
