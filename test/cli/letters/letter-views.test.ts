import { stripVTControlCharacters } from 'node:util'
import { expect } from 'chai'
import { renderChain } from '../../../src/cli/letters/chain-view.ts'
import type { ShownChain } from '../../../src/cli/letters/chain-view.ts'
import { renderDifferences } from '../../../src/cli/letters/difference-view.ts'
import { groupColumns, letterColumns } from '../../../src/cli/letters/letter-columns.ts'
import type { ShownLetter, ShownLetterGroup } from '../../../src/cli/letters/letter-columns.ts'
import { renderLetterPlan } from '../../../src/cli/letters/letter-plan.ts'
import { textWidth } from '../../../src/cli/text/text-width.ts'
import { renderTable } from '../../../src/cli/views/table.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'

const now = new Date('2026-01-31T12:00:00.000Z')
const id = '0199f4a2-6d5b-7c3e-9f10-2a6f0c1d8e77'

const group: ShownLetterGroup = {
  fingerprint: 'fp_0123456789ab',
  class: 'exhausted',
  code: 'NX-VENDOR-500',
  integration: 'ghl',
  cause: 'RuleSet/inbound-replies#hot-price-question',
  sample: 'the vendor failed for the sixth time and does not say why',
  sampleId: id,
  open: 12,
  total: 1204,
  firstAt: '2026-01-30T12:00:00.000Z',
  lastAt: '2026-01-31T11:59:00.000Z',
}

const letter: ShownLetter = {
  id,
  tenantId: id,
  workspace: 'default',
  source: 'command',
  class: 'exhausted',
  code: 'NX-VENDOR-500',
  reason: 'the vendor failed for the sixth time and does not say why',
  integration: 'ghl',
  entityKey: 'default/lead/42',
  eventId: id,
  commandId: id,
  cause: 'RuleSet/inbound-replies#hot-price-question',
  payload: {},
  status: 'open',
  fingerprint: 'fp_0123456789ab',
  createdAt: '2026-01-31T11:00:00.000Z',
  replays: 0,
}

const plan = {
  total: 20,
  skipped: { 'in doubt': 3, 'already succeeded': 1 },
  byIntegration: { sink: 5, ghl: 15 },
  byClass: { exhausted: 20 },
  entities: 7,
  oldestAt: '2026-01-30T12:00:00.000Z',
  newestAt: '2026-01-31T12:00:00.000Z',
  estimatedMs: 4_000,
  firstIds: [id],
}

describe('groups and letters on the screen', () => {
  for (const columns of [80, 40]) {
    it(`keep ids and groups whole at ${columns} columns`, () => {
      const output = fakeOutput({ columns })
      const groups = stripVTControlCharacters(renderTable([group], groupColumns(now, columns), output))
      expect(groups).to.include('fp_0123456789ab')
      const letters = stripVTControlCharacters(renderTable([letter], letterColumns(now, columns), output))
      expect(letters).to.include(id)
    })
  }

  it('are tables, a line each, at 80 columns', () => {
    const output = fakeOutput({ columns: 80 })
    for (const text of [
      renderTable([group], groupColumns(now, 80), output),
      renderTable([letter], letterColumns(now, 80), output),
    ]) {
      const lines = stripVTControlCharacters(text).split('\n')
      expect(lines).to.have.length(2)
      for (const line of lines) expect(textWidth(line)).to.be.at.most(80)
    }
  })

  it('fit a wide terminal as a table', () => {
    const text = renderTable([group], groupColumns(now, 140), fakeOutput({ columns: 140 }))
    const lines = stripVTControlCharacters(text).split('\n')
    expect(lines).to.have.length(2)
    for (const line of lines) expect(textWidth(line)).to.be.at.most(140)
  })
})

describe('the plan of a bulk action', () => {
  it('says how many, how many not and why, the largest integration first', () => {
    const text = renderLetterPlan(plan, 'replayed', fakeOutput())
    expect(text).to.include('20: 16 would be replayed, 4 left alone')
    expect(text).to.include('in doubt 3, already succeeded 1')
    expect(text).to.include('ghl 15, sink 5')
    expect(text).to.include('at least 4.0s')
  })

  it('leaves a line out when nobody is left alone', () => {
    expect(renderLetterPlan({ ...plan, skipped: {} }, 'replayed', fakeOutput())).to.not.include('LEFT ALONE')
  })
})

describe('how a letter came about', () => {
  const chain = {
    letter,
    event: null,
    command: null,
    attempts: [],
    replay: { outcome: 'left_alone', why: 'x' },
  } as const

  it('goes from the event over the rule to the command and the letter', () => {
    const full = {
      ...chain,
      event: { id, type: 'lead.created', subject: { kind: 'lead', id: '42' }, acceptedAt: '2026-01-31' },
      command: {
        command: { id, integration: 'ghl', operation: 'add_tag' },
        state: 'dead',
        attempts: 6,
      },
      attempts: [
        {
          attempt: 6,
          at: '2026-01-31',
          durationMs: 12.4,
          error: { code: 'NX-VENDOR-500', message: 'm', status: 500, answer: null },
        },
      ],
    } as unknown as ShownChain
    const kinds = renderChain(full, fakeOutput())
      .split('\n')
      .map((line) => /(event|rule|command|attempt|dead letter) /.exec(line)?.[1])
    expect(kinds).to.deep.equal(['event', 'rule', 'command', 'attempt', 'dead letter'])
    expect(renderChain(full, fakeOutput()))
      .to.include('6 attempts')
      .and.to.include('NX-VENDOR-500 (HTTP 500)')
  })

  it('begins with the rule when the event is not kept any more', () => {
    expect(renderChain(chain, fakeOutput())).to.match(/^rule +inbound-replies#hot-price-question/)
  })
})

describe('the difference of an edit', () => {
  it('has a line for what was and one for what will be', () => {
    const text = renderDifferences(
      [
        { path: 'email', before: 'a', after: 'b' },
        { path: 'tags', after: ['vip'] },
        { path: 'x', before: 1 },
      ],
      fakeOutput(),
    )
    expect(text).to.equal('- email: "a"\n+ email: "b"\n+ tags: ["vip"]\n- x: 1')
  })
})
