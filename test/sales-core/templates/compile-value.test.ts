import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import { compileTemplate } from '../../../src/sales-core/templates/compile-template.ts'
import { compileValue } from '../../../src/sales-core/templates/compile-value.ts'
import { scalar } from '../../../src/sales-core/types/field-type.ts'
import type { FieldType } from '../../../src/sales-core/types/field-type.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'

const lead = {
  id: 'string',
  name: 'string',
  score: 'number',
  country: 'string?',
  tags: 'list<string>',
  hot: 'bool',
  consent: { sms: 'bool?' },
  extra: 'json',
}
const variables = new Map<string, FieldType>([
  ['lead', parseFields(lead).type],
  ['now', scalar('timestamp')],
])
const values = {
  lead: { id: '42', name: 'Ada', score: 80, tags: ['a', 'b'], hot: true },
  now: new Date('2026-03-05T12:00:00Z'),
}

function render(value: JsonValue, given: JsonObject | object = values): JsonValue | undefined {
  const { template, problems } = compileValue(value, variables)
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '))
  const result = template.render({ ...given })
  if (result.state === 'error') throw new Error(`${result.code}: ${result.message}`)
  return result.value
}

function problem(source: string) {
  const compiled = compileTemplate(source, variables)
  return compiled.state === 'problems' ? compiled.problems[0] : undefined
}

describe('texts', () => {
  it('keep the type of a lone variable', () => {
    expect(
      render({ a: '{{ lead.score }}', b: '{{lead.hot}}', c: '{{ lead.tags }}', d: '{{ lead.name }}' }),
    ).to.deep.equal({
      a: 80,
      b: true,
      c: ['a', 'b'],
      d: 'Ada',
    })
  })
  it('keep the type of a lone variable with filters', () => {
    expect(render('{{ lead.score | plus: 1 }}')).to.equal(81)
    expect(render("{{ lead.country | default: 'AE' }}")).to.equal('AE')
  })
  it('are text otherwise', () => {
    expect(render('Hi {{ lead.name }} ({{ lead.score }}{{ lead.country }})')).to.equal('Hi Ada (80)')
    expect(render('{% if lead.score > 50 %}hot{% else %}cold{% endif %}')).to.equal('hot')
    expect(render('{% for tag in lead.tags %}#{{ tag }} {% endfor %}')).to.equal('#a #b ')
    expect(render("{{ now | date: '%Y-%m-%d %H:%M' }}")).to.equal('2026-03-05 12:00')
  })
  it('leave out a key whose lone variable is absent', () => {
    expect(
      render({
        country: '{{ lead.country }}',
        sms: '{{ lead.consent.sms }}',
        list: ['{{ lead.country }}', 'x'],
      }),
    ).to.deep.equal({ list: ['x'] })
  })
  it('read zero where a value may not be absent', () => {
    expect(
      render({ name: '{{ lead.name }}', tags: '{{ lead.tags }}', score: 'is {{ lead.score }}' }, {}),
    ).to.deep.equal({ name: '', tags: [], score: 'is 0' })
  })
  it('reach into json without declarations', () => {
    expect(render('{{ lead.extra.utm.source }}', { lead: { extra: { utm: { source: 'ads' } } } })).to.equal(
      'ads',
    )
    expect(render('from {{ lead.extra.utm.source }}!', { lead: {} })).to.equal('from !')
  })
  it('leave numbers, booleans, null and keys alone', () => {
    expect(render({ a: 1, b: false, c: null, '{{ lead.name }}': 'x' })).to.deep.equal({
      a: 1,
      b: false,
      c: null,
      '{{ lead.name }}': 'x',
    })
  })

  const wrong: ReadonlyArray<readonly [string, string, number]> = [
    ['Hi {{ lead.nmae }}', 'NX-TEMPLATE-UNKNOWN', 6],
    ['a\nb {{ deal.x }}', 'NX-TEMPLATE-UNKNOWN', 7],
    ['{{ lead.name', 'NX-TEMPLATE-SYNTAX', 0],
    ['{{ lead.name | upcse }}', 'NX-TEMPLATE-UNKNOWN', 0],
    ['{% include "x" %}', 'NX-TEMPLATE-SYNTAX', 0],
    ['{% render "x" %}', 'NX-TEMPLATE-SYNTAX', 0],
    ['{% if lead.score > 5 %}x', 'NX-TEMPLATE-SYNTAX', 0],
    [`{{ lead.name }}${'x'.repeat(8_000)}`, 'NX-TEMPLATE-LIMIT', 8_000],
  ]
  for (const [source, code, offset] of wrong) {
    it(`${source.length > 50 ? `a text of ${source.length}` : JSON.stringify(source)} is ${code} at ${offset}`, () => {
      expect(problem(source)).to.include({ code, offset })
    })
  }
  it('suggest the near name', () => {
    expect(problem('{{ lead.nmae }}')?.fix).to.contain("'name'")
    expect(problem('{{ lead.name | upcse }}')?.fix).to.contain("'upcase'")
  })
  it('lead to the place inside a value', () => {
    const { problems } = compileValue({ a: { b: ['x', '{{ lead.nmae }}'] } }, variables)
    expect(problems[0]?.path).to.deep.equal(['a', 'b', 1])
  })
  it('stop a loop that would print for ever', () => {
    const loop =
      '{% for i in (1..100000) %}{% for j in (1..100000) %}xxxxxxxxxx{{ lead.name }}{% endfor %}{% endfor %}'
    expect(() => render(loop)).to.throw(/NX-TEMPLATE/)
  })
  it('read no clock', () => {
    expect(() => render("{{ 'now' | date: '%Y' }} {{ lead.name }}")).to.throw(/clock/)
  })
  it('never throw, whatever the data', () => {
    const sources = [
      '{{ lead.score }}',
      'x {{ lead.name }} {{ lead.tags | join: "," }}',
      '{% for t in lead.tags %}{{ t }}{% endfor %}',
      '{{ lead.extra.a.b }} {{ lead.consent.sms }}',
    ]
    const templates = sources.map((source) => compileValue(source, variables).template)
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        for (const template of templates) expect(template.render({ lead: data })).to.have.property('state')
      }),
      { numRuns: 300 },
    )
  })
})
