import { expect } from 'chai'
import fc from 'fast-check'
import { compileSalesConfig } from '../../../../src/sales-core/compile/compile-sales-config.ts'
import { coverageItems } from '../../../../src/sales-core/testing/coverage/coverage-items.ts'
import {
  CoverageTally,
  percentText,
  reaches,
} from '../../../../src/sales-core/testing/coverage/coverage-tally.ts'
import type { CoverageReport } from '../../../../src/sales-core/testing/coverage/coverage-tally.ts'
import { lcovText } from '../../../../src/sales-core/testing/coverage/lcov.ts'
import { runTests } from '../../../../src/sales-core/testing/run-tests.ts'
import { anyIntegration, leadTypes, salesDocuments } from '../../../support/sales/sales-config.ts'

const config = `${leadTypes}kind: LeadScore
name: fit
writes: lead.score
factors:
  - { id: rich, when: lead.budget > 10, points: 5 }
  - { id: spent, value: lead.budget, bands: { 0: 1, 50: 2 } }
  - { id: said, on: message.received, points: 3 }
---
kind: RuleSet
name: r
rules:
  - { id: big, on: lead.created, when: lead.budget > 10 && lead.country == "AE", then: [ { add_tag: big } ] }
  - { id: every, on: lead.created, then: [ { add_tag: any } ] }
---
kind: Workflow
name: chase
for: lead
start: { on: lead.created }
steps:
  - { id: reply, wait_for: { event: message.received, where: event.text != "" }, up_to: 2h, then: end, else: nudge }
  - { id: nudge, send: { channel: sms, text: "Still there?" } }
---
`

interface Case {
  readonly budget: number
  readonly country: string
  readonly reply: string | null
}

function covered(cases: readonly Case[]): CoverageReport {
  const texts = cases.map(({ budget, country, reply }, index) => {
    const then =
      reply === null ? '{ advance: 3h }' : `{ event: { type: message.received, text: "${reply}" } }`
    return `  - { name: c${index}, steps: [ { event: { type: lead.created, budget: ${budget}, country: ${country} } }, ${then} ] }`
  })
  const documents = salesDocuments(`${config}kind: Test\nname: t\ncases:\n${texts.join('\n')}`)
  const { cases: results } = runTests(documents, anyIntegration, { coverage: true })
  const tally = new CoverageTally((document, path, offset) => ({
    file: `${document.kind}/${document.name} ${path.join('.')}`,
    line: 1,
    column: (offset ?? 0) + 1,
  }))
  const compiled = compileSalesConfig(documents, 'test', anyIntegration, 'test')
  tally.add(
    coverageItems(documents, compiled),
    results.flatMap(({ coverage }) => coverage ?? []),
  )
  return tally.report()
}

function seen(report: CoverageReport, cause: string, label: string, outcome: string): boolean {
  const found = report.items.filter(
    (item) => item.cause === cause && item.label === label && item.outcome === outcome,
  )
  expect(found, `${cause} ${label} ${outcome}`).to.have.length(1)
  return (found[0]?.count ?? 0) > 0
}

describe('coverage', () => {
  const anyCase = fc.record({
    budget: fc.constantFrom(5, 10, 11, 60),
    country: fc.constantFrom('AE', 'DE'),
    reply: fc.constantFrom(null, '', 'Hi'),
  })

  it('counts what a recount by hand counts', () => {
    fc.assert(
      fc.property(fc.array(anyCase, { minLength: 1, maxLength: 4 }), (cases) => {
        const report = covered(cases)
        const rich = ({ budget }: Case): boolean => budget > 10
        const big = (one: Case): boolean => rich(one) && one.country === 'AE'
        const rule = 'RuleSet/r#big'
        const expected: ReadonlyArray<readonly [string, string, string, boolean]> = [
          [rule, 'big', 'fired', cases.some(big)],
          [rule, 'big', 'not fired', cases.some((one) => !big(one))],
          [rule, 'lead.budget > 10', 'true', cases.some(rich)],
          [rule, 'lead.budget > 10', 'false', cases.some((one) => !rich(one))],
          [rule, 'lead.country == "AE"', 'true', cases.some(big)],
          // Looked at only when the first clause holds.
          [rule, 'lead.country == "AE"', 'false', cases.some((one) => rich(one) && one.country !== 'AE')],
          ['RuleSet/r#every', 'every', 'fired', true],
          ['LeadScore/fit#rich', 'rich', 'counted', cases.some(rich)],
          ['LeadScore/fit#spent', 'from 0', 'counted', cases.some(({ budget }) => budget < 50)],
          ['LeadScore/fit#spent', 'from 50', 'counted', cases.some(({ budget }) => budget >= 50)],
          ['LeadScore/fit#said', 'said', 'counted', cases.some(({ reply }) => reply !== null)],
          ['Workflow/chase#reply', 'reply', 'came', cases.some(({ reply }) => reply === 'Hi')],
          ['Workflow/chase#reply', 'reply', 'timed out', cases.some(({ reply }) => reply === null)],
          ['Workflow/chase#nudge', 'nudge', 'ran', cases.some(({ reply }) => reply === null)],
        ]
        for (const [cause, label, outcome, wanted] of expected)
          expect(seen(report, cause, label, outcome), `${cause} ${label} ${outcome}`).to.equal(wanted)
        expect(report.covered).to.equal(report.items.filter(({ count }) => count > 0).length)
        expect(report.total).to.equal(report.items.length)
        const sum = Object.values(report.bySort).reduce((total, count) => total + count.total, 0)
        expect(sum).to.equal(report.total)
      }),
      { numRuns: 60 },
    )
  })

  it('never rounds up', () => {
    expect(percentText({ covered: 11_999, total: 12_000 })).to.equal('99.99 %')
    expect(reaches({ covered: 11_999, total: 12_000 }, 100)).to.equal(false)
    expect(reaches({ covered: 9, total: 10 }, 90)).to.equal(true)
    expect(percentText({ covered: 0, total: 0 })).to.equal('100 %')
    expect(percentText({ covered: 1, total: 1 })).to.equal('100 %')
  })

  it('is written as lcov: a line is hit when something of it happened, its outcomes are branches', () => {
    const text = lcovText(covered([{ budget: 60, country: 'AE', reply: 'Hi' }]))
    expect(text.match(/^SF:/gm)?.length).to.equal(text.match(/^end_of_record$/gm)?.length)
    expect(text).to.match(
      /SF:RuleSet\/r rules\.0\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nBRF:2\nBRH:1\nDA:1,1\nLF:1\nLH:1\n/,
    )
  })
})
