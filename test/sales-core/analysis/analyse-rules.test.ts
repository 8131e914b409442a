import { expect } from 'chai'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { entityTypeKind } from '../../../src/sales-core/kinds/entity-type-kind.ts'
import { eventTypeKind } from '../../../src/sales-core/kinds/event-type-kind.ts'
import { leadScoreKind } from '../../../src/sales-core/kinds/lead-score-kind.ts'
import { ruleSetKind } from '../../../src/sales-core/kinds/rule-set-kind.ts'
import { workflowKind } from '../../../src/sales-core/kinds/workflow-kind.ts'
import { doc, validate } from '../../control-plane/validate/validate-text.ts'

const kinds = [
  entityTypeKind,
  eventTypeKind,
  leadScoreKind,
  ruleSetKind,
  workflowKind,
] as readonly DocumentKind[]

const types = [
  doc(
    'EntityType',
    'lead',
    'fields: { stage: string = new, temperature: string?, budget: number?, score: number, dnd: bool = false, tags: list<string> }',
  ),
  ...['a.x', 'a.y', 'a.z'].map((name) => doc('EventType', name, 'fields: { kind: string?, n: number? }')),
]

interface Rule {
  readonly id: string
  readonly on?: string
  readonly when?: string
  readonly rank?: number
  readonly then?: readonly object[]
  readonly final?: boolean
  readonly allow_cycle?: object
  readonly once?: object
  readonly throttle?: object
  readonly unless_followed_by?: object
}

function set(name: string, rules: readonly Rule[], extra: object = {}): string {
  const full = rules.map((rule) => ({ on: 'a.x', then: [{ add_tag: 'seen' }], ...rule }))
  return `${JSON.stringify({ apiVersion: 'neuronx/v1', kind: 'RuleSet', name, ...extra, rules: full })}\n`
}

function files(...documents: readonly string[]): Readonly<Record<string, string>> {
  return { 'global/all.yaml': [...types, ...documents].join('---\n') }
}

function findings(...documents: readonly string[]) {
  return validate(files(...documents), kinds).findings
}

function codes(...documents: readonly string[]): readonly string[] {
  return findings(...documents).map(({ code, path }) => `${code} ${path}`)
}

const write = (value: string) => [{ set: { 'lead.stage': value } }]

describe('rules that set one field', () => {
  it('are in conflict when both may apply', () => {
    const found = findings(
      set('r', [
        { id: 'one', when: 'event.n > 3', then: write('a') },
        { id: 'two', when: 'event.kind == "k"', then: write('b') },
      ]),
    )
    expect(found.map(({ code, path }) => `${code} ${path}`)).to.deep.equal([
      'NX-CONFIG-WRITE-CONFLICT rules[1].then[0].set.lead.stage',
    ])
    expect(found[0]?.related?.map(({ message }) => message)).to.deep.equal(['r/one sets lead.stage'])
  })

  it('contradict each other when one implies the other', () => {
    const found = codes(
      set('r', [
        { id: 'one', when: 'event.n > 3', then: write('a') },
        { id: 'two', when: 'event.n > 5', then: write('b') },
      ]),
    )
    expect(found).to.deep.equal(['NX-CONFIG-CONTRADICTION rules[1].then[0].set.lead.stage'])
  })

  it('are left alone when they exclude each other, want the same, or listen to different events', () => {
    expect(
      codes(
        set('r', [
          { id: 'one', when: 'event.n > 3', then: write('a') },
          { id: 'two', when: 'event.n <= 3', then: write('b') },
          { id: 'three', on: 'a.y', then: write('c') },
        ]),
        set('s', [{ id: 'same', when: 'event.n > 4', then: write('a') }]),
      ),
    ).to.deep.equal([])
  })

  it('are left alone in a set where only the first fires, and not across sets', () => {
    const rules = [
      { id: 'one', when: 'event.n > 3', then: write('a') },
      { id: 'two', when: 'event.kind == "k"', then: write('b') },
    ]
    expect(codes(set('r', rules, { match: 'first' }))).to.deep.equal([])
    expect(codes(set('r', rules.slice(0, 1), { match: 'first' }), set('s', rules.slice(1)))).to.deep.equal([
      'NX-CONFIG-WRITE-CONFLICT rules[0].then[0].set.lead.stage',
    ])
  })

  it('are reported where the lower scope adds its own, once', () => {
    const { findings: found } = validate(
      {
        ...files(set('up', [{ id: 'one', then: write('a') }])),
        'tenants/acme/r.yaml': set('down', [{ id: 'two', when: 'event.n > 1', then: write('b') }]),
        'tenants/acme/workspaces/eu/r.yaml': set('other', [{ id: 'three', on: 'a.y' }]),
      },
      kinds,
    )
    expect(found.map(({ file, code }) => `${file} ${code}`)).to.deep.equal([
      'tenants/acme/r.yaml NX-CONFIG-CONTRADICTION',
    ])
  })

  it('are compared in thousands without comparing each with each', () => {
    const many = Array.from({ length: 3_000 }, (_, n) => ({
      id: `r-${n}`,
      when: `event.kind == "k${n}" && event.n > 1`,
      then: write(`s${n}`),
    }))
    expect(codes(set('many', many))).to.deep.equal([])
    const again = { id: 'again', when: 'event.kind == "k77"', then: write('x') }
    expect(codes(set('many', [...many, again])).length).to.equal(1)
  }).timeout(60_000)
})

describe('rules that never fire', () => {
  it('are those with a contradiction, found at the second half of it', () => {
    const [found] = findings(set('r', [{ id: 'one', when: 'lead.score > 80 && lead.score < 10' }]))
    expect(found?.code).to.equal('NX-CONFIG-DEAD-CONDITION')
    const line = files(set('r', [{ id: 'one', when: 'lead.score > 80 && lead.score < 10' }]))[
      'global/all.yaml'
    ]?.split('\n')
    expect(line?.[(found?.line ?? 0) - 1]?.slice((found?.column ?? 0) - 1)).to.match(/^lead\.score < 10/)
  })

  it('are those behind a final rule that holds whenever they do', () => {
    const rules = [
      { id: 'wide', when: 'event.n > 1', rank: 600, final: true },
      { id: 'narrow', when: 'event.n > 5' },
      { id: 'other', when: 'event.n < 5' },
    ]
    expect(codes(set('r', rules))).to.deep.equal(['NX-CONFIG-SHADOWED rules[1].when'])
  })

  it('are said to be always true when nothing can make them false', () => {
    const [found] = findings(set('r', [{ id: 'one', when: 'event.n > 1 || !(event.n > 1)' }]))
    expect([found?.code, found?.severity]).to.deep.equal(['NX-CONFIG-ALWAYS-TRUE', 'warning'])
  })

  it('are refused when they may cost more than an evaluation may spend', () => {
    const when =
      'lead.tags.exists(t, lead.tags.exists(u, u == t && u.contains("abc") && t.contains("def") && t.lower() != u.upper()))'
    const [found] = findings(set('r', [{ id: 'one', when }]))
    expect(found?.code).to.equal('NX-CONFIG-COST')
    expect(found?.message).to.contain('100,000 are allowed')
    expect(
      codes(set('r', [{ id: 'one', when: 'lead.tags.exists(t, ["a", "b"].exists(u, u == t))' }])),
    ).to.deep.equal([])
  })
})

describe('cycles of events', () => {
  const emit = (type: string, data: object = {}) => [{ emit: { type, data } }]

  it('are shown whole, with the place of every step', () => {
    const found = findings(
      set('r', [
        { id: 'one', on: 'a.x', then: emit('a.y') },
        { id: 'two', on: 'a.y', then: emit('a.z') },
        { id: 'three', on: 'a.z', then: emit('a.x') },
      ]),
    )
    expect(found.map(({ code }) => code)).to.deep.equal(['NX-CONFIG-CYCLE'])
    expect(found[0]?.message).to.contain('a.x -> a.y -> a.z -> a.x')
    expect(found[0]?.related?.map(({ message }) => message)).to.deep.equal([
      'r/one on a.x emits a.y',
      'r/two on a.y emits a.z',
      'r/three on a.z emits a.x',
    ])
  })

  it('are broken by allow_cycle, by a guard, and by data that the next rule excludes', () => {
    expect(
      codes(set('r', [{ id: 'one', then: emit('a.x'), allow_cycle: { max: 3, why: 'retry' } }])),
    ).to.deep.equal([])
    expect(
      codes(set('r', [{ id: 'one', when: 'lead.stage == "new"', then: [...write('done'), ...emit('a.x')] }])),
    ).to.deep.equal([])
    expect(
      codes(set('r', [{ id: 'one', when: 'event.kind == "in"', then: emit('a.x', { kind: 'out' }) }])),
    ).to.deep.equal([])
  })

  it('are broken by once for the entity, not by once for each value of something', () => {
    expect(codes(set('r', [{ id: 'one', then: emit('a.x'), once: { per: 'lead' } }]))).to.deep.equal([])
    // What it emits comes at once, while it is held.
    expect(
      codes(set('r', [{ id: 'one', then: emit('a.x'), once: { per: 'lead', within: '1m' } }])),
    ).to.deep.equal([])
    expect(codes(set('r', [{ id: 'one', then: emit('a.x'), once: { per: 'event.kind' } }]))).to.deep.equal([
      'NX-CONFIG-CYCLE rules[0].id',
    ])
  })

  it('are not broken by a guard that another rule of the cycle takes back', () => {
    const found = codes(
      set('r', [
        { id: 'one', when: 'lead.stage == "new"', then: [...write('done'), ...emit('a.y')] },
        { id: 'two', on: 'a.y', then: [...write('new'), ...emit('a.x')] },
      ]),
    )
    expect(found).to.deep.equal(['NX-CONFIG-CYCLE rules[0].id'])
  })

  it('go through scores: a field moves a score, and its bands emit', () => {
    const score = doc(
      'LeadScore',
      'fit',
      'writes: lead.score',
      'factors: [ { id: warm, when: lead.temperature == "warm", points: 50 }, { id: base, when: lead.budget > 1, points: 20 } ]',
      'bands: [ { name: cold, from: 0, emit: lead.cooled }, { name: hot, from: 40, emit: lead.heated } ]',
    )
    const swing = set('r', [
      { id: 'up', on: 'lead.cooled', then: [{ set: { 'lead.temperature': 'warm' } }] },
      { id: 'down', on: 'lead.heated', then: [{ set: { 'lead.temperature': 'cold' } }] },
    ])
    expect(codes(score, swing)).to.deep.equal(['NX-CONFIG-CYCLE rules[0].id'])
    // One band alone is entered once: what it sets may move the score, but not into the band where it is.
    const once = set('r', [{ id: 'up', on: 'lead.heated', then: [{ set: { 'lead.temperature': 'warm' } }] }])
    expect(codes(score, once)).to.deep.equal([])
  })
})

describe('scores and workflows', () => {
  it('name bands that no lead reaches, and those that swallow the one below', () => {
    const score = doc(
      'LeadScore',
      'fit',
      'writes: lead.score',
      'range: [0, 100]',
      'factors: [ { id: one, when: lead.budget > 1, points: 30 }, { id: two, value: lead.budget, bands: { 0: 0, 5: 20 } } ]',
      'bands: [ { name: cold, from: 0 }, { name: warm, from: 20 }, { name: hot, from: 45, leave_below: 10 }, { name: top, from: 51 } ]',
    )
    expect(codes(score)).to.deep.equal([
      'NX-CONFIG-BAND-OVERLAP bands[2].leave_below',
      'NX-CONFIG-BAND-UNREACHABLE bands[3].from',
    ])
  })

  it('say which branch an earlier one takes everything from', () => {
    const workflow = doc(
      'Workflow',
      'w',
      'for: lead',
      'steps:',
      '  - id: pick',
      '    choose:',
      '      - { when: lead.score >= 40, go: end }',
      '      - { when: lead.score >= 80, go: end }',
      '      - { else: end }',
    )
    expect(codes(workflow)).to.deep.equal(['NX-CONFIG-SHADOWED steps[0].choose[1].when'])
  })
})
