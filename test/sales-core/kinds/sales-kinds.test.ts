import { expect } from 'chai'
import { pathText } from '../../../src/control-plane/documents/document.ts'
import { ruleSetKind } from '../../../src/sales-core/kinds/rule-set-kind.ts'
import {
  checkAll,
  leadTypes,
  problemsIn,
  salesDocuments,
  shapeProblem,
} from '../../support/sales/sales-config.ts'

function rule(text: string): readonly string[] {
  return problemsIn(`${leadTypes}kind: RuleSet\nname: r\nrules:\n  - { id: a, on: lead.created, ${text} }`)
}

describe('kinds of the sales core', () => {
  describe('shape', () => {
    const notYet: ReadonlyArray<readonly [string, string]> = [
      [
        'model',
        'kind: LeadScore\nname: s\nwrites: lead.score\nfactors: [ { id: a, model: win, points: 1, when: "true" } ]',
      ],
    ]
    for (const [field, yaml] of notYet) {
      it(`says that '${field}' is not supported yet`, () => {
        expect(shapeProblem(yaml)).to.contain(`${field}: is not supported yet`)
      })
    }
    const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
      [
        'two verbs in one action',
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: x.y, then: [ { start: w, call: a.b } ] } ]',
        /exactly one/,
      ],
      [
        'an action without a verb',
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: x.y, then: [ { priority: high } ] } ]',
        /exactly one/,
      ],
      [
        'with without call',
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: x.y, then: [ { start: w, with: {} } ] } ]',
        /belongs to call/,
      ],
      [
        'a rank beyond 1000',
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: x.y, rank: 5000, then: [ { start: w } ] } ]',
        /rank/,
      ],
      [
        'an event type in capitals',
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: Lead.Created, then: [ { start: w } ] } ]',
        /lower-case/,
      ],
      [
        'a value without bands',
        'kind: LeadScore\nname: s\nwrites: lead.score\nfactors: [ { id: a, value: lead.score } ]',
        /bands/,
      ],
      [
        'else without up_to',
        'kind: Workflow\nname: w\nfor: lead\nsteps: [ { id: a, wait_for: { event: x.y }, else: end } ]',
        /up_to/,
      ],
      [
        'a wait that is no duration',
        'kind: Workflow\nname: w\nfor: lead\nsteps: [ { id: a, wait: soon } ]',
        /wait/,
      ],
      [
        'a test time that is none',
        'kind: Test\nname: t\ncases: [ { name: c, steps: [ { at: tomorrow } ], expect: {} } ]',
        /time/,
      ],
      ['a field type that is no text', 'kind: EntityType\nname: lead\nfields: [ a ]', /fields/],
    ]
    for (const [what, yaml, message] of wrong) {
      it(`refuses ${what}`, () => {
        expect(shapeProblem(yaml)).to.match(message)
      })
    }
  })

  describe('rules', () => {
    it('find nothing wrong with what is right', () => {
      expect(
        rule(
          'when: lead.score >= 50 && event.country == "AE", then: [ { set: { lead.temperature: hot, lead.consent.sms: false } }, { add_tag: "from-{{ event.source }}" }, { call: sink.hit, with: { s: "{{ lead.score }}" } } ]',
        ),
      ).to.deep.equal([])
    })
    const wrong: ReadonlyArray<readonly [string, string, string]> = [
      [
        'a condition that does not type-check',
        'when: lead.score == "a", then: [ { start: w } ]',
        'rules[0].when: NX-CONDITION-TYPE',
      ],
      [
        'a text with an unknown variable',
        'then: [ { call: s.h, with: { a: { b: "{{ lead.nmae }}" } } } ]',
        'rules[0].then[0].with.a.b: NX-TEMPLATE-UNKNOWN',
      ],
      [
        'a field that is not declared',
        'then: [ { set: { lead.temprature: hot } } ]',
        'rules[0].then[0].set.lead.temprature: NX-SET-FIELD',
      ],
      [
        'a kind that is not declared',
        'then: [ { set: { laed.temperature: hot } } ]',
        'rules[0].then[0].set.laed.temperature: NX-SET-FIELD',
      ],
      [
        'a value of another type',
        'then: [ { set: { lead.budget: much } } ]',
        'rules[0].then[0].set.lead.budget: NX-SET-TYPE',
      ],
      [
        'a variable of another type',
        'then: [ { set: { lead.budget: "{{ lead.name }}" } } ]',
        'rules[0].then[0].set.lead.budget: NX-SET-TYPE',
      ],
      [
        'a field the event does not have',
        'then: [ { emit: { type: contact.unsubscribed, data: { raeson: x } } } ]',
        'rules[0].then[0].emit.data.raeson: NX-EMIT-FIELD',
      ],
      [
        'a subject that names no entity',
        'then: [ { emit: { type: contact.unsubscribed, subject: nobody } } ]',
        'rules[0].then[0].emit.subject: NX-EMIT-SUBJECT',
      ],
    ]
    for (const [what, text, expected] of wrong) {
      it(`report ${what}, with its place`, () => {
        expect(rule(text)).to.have.length(1)
        expect(rule(text)[0]).to.contain(expected)
      })
    }
    it('report where in the text of a condition', () => {
      const set = salesDocuments(
        `${leadTypes}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, when: "lead.score > 5 && lead.scroe > 6", then: [ { start: w } ] } ]`,
      )
      expect(checkAll(set)[0]).to.include({ offset: 23, fix: "Did you mean 'score'?" })
    })
    it('report an id that is used twice', () => {
      const yaml = `${leadTypes}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { start: w } ] }, { id: a, on: lead.created, then: [ { start: w } ] } ]`
      expect(problemsIn(yaml)[0]).to.contain('rules[1].id: NX-DUPLICATE-ID')
    })
    it('refuse to write what a score writes', () => {
      const score =
        'kind: LeadScore\nname: s\nwrites: lead.score\nfactors: [ { id: a, when: lead.name != "", points: 1 } ]\n---\n'
      const yaml = `${leadTypes}${score}kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { set: { lead.score: 5 } } ] } ]`
      expect(problemsIn(yaml)[0]).to.contain('NX-SET-SCORED')
    })
    it('name everything they refer to, except what the system itself emits', () => {
      const [typed] = salesDocuments(
        'kind: RuleSet\nname: r\nrules: [ { id: a, on: lead.created, then: [ { start: w }, { call: crm.contact.upsert }, { send: { channel: sms } }, { emit: { type: x.y } } ] }, { id: b, on: command.failed, then: [ { start: w } ] } ]',
      ).ofKind(ruleSetKind)
      const references = typed === undefined ? [] : (ruleSetKind.requires?.(typed) ?? [])
      expect(
        references.map(({ space, name, path }) => `${space} ${name} at ${pathText(path)}`),
      ).to.deep.equal([
        'event lead.created at rules[0].on',
        'workflow w at rules[0].then[0].start',
        'operation crm.contact.upsert at rules[0].then[1].call',
        'channel sms at rules[0].then[2].send.channel',
        'event x.y at rules[0].then[3].emit.type',
        'workflow w at rules[1].then[0].start',
      ])
    })
  })

  describe('scores', () => {
    const score = (text: string): readonly string[] =>
      problemsIn(`${leadTypes}kind: LeadScore\nname: s\n${text}`)
    const wrong: ReadonlyArray<readonly [string, string, string]> = [
      [
        'a field that is not declared',
        'writes: lead.scroe\nfactors: [ { id: a, when: lead.name != "", points: 1 } ]',
        'writes: NX-SCORE-FIELD',
      ],
      [
        'a field that is no number',
        'writes: lead.name\nfactors: [ { id: a, when: lead.name != "", points: 1 } ]',
        'writes: NX-SCORE-FIELD',
      ],
      [
        'a range upside down',
        'writes: lead.score\nrange: [100, 0]\nfactors: [ { id: a, when: lead.name != "", points: 1 } ]',
        'range: NX-SCORE-RANGE',
      ],
      [
        'a value that is no number',
        'writes: lead.score\nfactors: [ { id: a, value: lead.name, bands: { "0": 1 } } ]',
        'factors[0].value: NX-CONDITION-TYPE',
      ],
      [
        'a step that is no number',
        'writes: lead.score\nfactors: [ { id: a, value: lead.budget, bands: { much: 1 } } ]',
        'factors[0].bands.much: NX-SCORE-BANDS',
      ],
      [
        'the event where only the state is seen',
        'writes: lead.score\nfactors: [ { id: a, when: event.country == "AE", points: 1 } ]',
        'factors[0].when: NX-CONDITION-UNKNOWN',
      ],
      [
        'a band that is left above where it begins',
        'writes: lead.score\nfactors: [ { id: a, when: lead.name != "", points: 1 } ]\nbands: [ { name: hot, from: 50, leave_below: 60 } ]',
        'bands[0].leave_below: NX-SCORE-BANDS',
      ],
    ]
    for (const [what, text, expected] of wrong) {
      it(`report ${what}`, () => {
        expect(score(text)[0]).to.contain(expected)
      })
    }
  })

  describe('event and entity types', () => {
    it('report wrong field types with their path', () => {
      expect(problemsIn('kind: EntityType\nname: lead\nfields: { a: strin, b: { c: nope } }')).to.have.length(
        2,
      )
      expect(problemsIn('kind: EventType\nname: a.b\nfields: { x: list<strin> }')[0]).to.contain(
        'fields.x: NX-FIELD-TYPE',
      )
    })
    it('report a fold into a field of another type', () => {
      expect(
        problemsIn(`${leadTypes}kind: EventType\nname: a.b\nfolds: lead\nfields: { budget: string }`)[0],
      ).to.contain('fields.budget: NX-EVENT-FOLD')
    })
    it('keep the names of the system', () => {
      expect(problemsIn('kind: EventType\nname: command.failed')[0]).to.contain('NX-EVENT-NAME')
      expect(problemsIn('kind: EntityType\nname: event\nfields: {}')[0]).to.contain('NX-ENTITY-NAME')
      expect(problemsIn('kind: EntityType\nname: lead\nfields: { id: string }')[0]).to.contain(
        'NX-FIELD-TYPE',
      )
    })
  })

  describe('tests', () => {
    const test = (text: string): readonly string[] =>
      problemsIn(
        `${leadTypes}kind: RuleSet\nname: r\nrules: [ { id: hot, on: lead.created, then: [ { start: w } ] } ]\n---\nkind: Test\nname: t\ncases: [ { name: c, steps: [ { event: { type: lead.created } } ], ${text} } ]`,
      )
    it('report rules, steps and fields that do not exist', () => {
      expect(test('expect: { fired: [ hto ] }')[0]).to.contain("There is no rule 'hto'")
      expect(test('expect: { waiting_at: nowhere }')[0]).to.contain("There is no step 'nowhere'")
      expect(test('given: { lead: { scroe: 5 } }, expect: {}')[0]).to.contain("lead has no field 'scroe'")
      expect(test('given: { lead: { score: much } }, expect: {}')[0]).to.contain('score must be a number')
    })
  })
})
