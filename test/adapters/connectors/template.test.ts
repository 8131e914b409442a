import { expect } from 'chai'
import fc from 'fast-check'
import { compileTemplate } from '../../../src/adapters/connectors/template.ts'
import type { TemplateScope } from '../../../src/adapters/connectors/template.ts'
import { NxError } from '../../../src/kernel/errors.ts'
import type { JsonValue } from '../../../src/kernel/json.ts'

const world = { roots: ['input', 'entity'], tables: { colours: { r: 'red', n: 1 } } }

function render(template: JsonValue, scope: TemplateScope) {
  const compiled = compileTemplate(template, world)
  expect(compiled.problems).to.deep.equal([])
  return compiled.render(scope)
}

describe('templates', () => {
  const input = {
    n: 7,
    t: ' Ada ',
    no: null,
    list: ['a', 'b'],
    deep: { x: true },
    phone: '+1 (415) 555-0123',
  }
  const cases: readonly [string, JsonValue, JsonValue | undefined][] = [
    ['a lone leaf keeps a number', '{{ input.n }}', 7],
    ['a lone leaf keeps an object', '{{input.deep}}', { x: true }],
    ['a lone absent leaf is absent', '{{ input.gone }}', undefined],
    ['a lone null stays null', '{{ input.no }}', null],
    ['text around makes text', 'n={{ input.n }}!', 'n=7!'],
    ['text without braces is itself', 'plain', 'plain'],
    ['an absent member drops its key', { a: '{{ input.gone }}', b: 1 }, { b: 1 }],
    ['an object that lost every member is dropped', { a: { b: '{{ input.gone }}' }, c: 1 }, { c: 1 }],
    ['an object that was empty stays', { a: {} }, { a: {} }],
    ['absent items leave a list', ['{{ input.gone }}', '{{ input.n }}'], [7]],
    ['the first that is there wins', '{{ input.gone ?? input.no ?? entity.id }}', '42'],
    ['a default fills a gap, typed', '{{ input.gone | default: 3 }}', 3],
    ['a default may be text', "{{ input.gone | default: 'x, y' }}", 'x, y'],
    ['a default may be a number with a fraction', '{{ input.gone | default: -0.5 }}', -0.5],
    ['a default in quotes is text', "{{ input.gone | default: '42' }}", '42'],
    ['a default that begins with a zero is text', '{{ input.gone | default: 0049123 }}', '0049123'],
    ['a default that begins with a zero is text in quotes too', '{{ input.gone | default: "007" }}', '007'],
    ['functions chain', '{{ input.t | trim | upper }}', 'ADA'],
    ['functions leave what is absent absent', '{{ input.gone | trim | e164 }}', undefined],
    ['e164 keeps the digits', '{{ input.phone | e164 }}', '+14155550123'],
    ['list wraps one', '{{ input.n | list }}', [7]],
    ['map looks up', '{{ input.r | map:colours }}', undefined],
    ['own properties only', '{{ input.constructor }}', undefined],
    ['own properties only, deeper', '{{ input.list.length }}', 2],
    ['own properties only, on text', '{{ input.t.length }}', undefined],
  ]
  for (const [what, template, expected] of cases) {
    it(what, () => expect(render(template, { input, entity: { id: '42' } })).to.deep.equal(expected))
  }

  it('turns lists of pairs into an object', () => {
    const scope = { input: { custom: [{ id: 'a', value: 1 }, { id: 'b' }, 'odd'] } }
    expect(render('{{ input.custom | entries:id,value }}', scope)).to.deep.equal({ a: 1, b: null, 2: 'odd' })
  })

  it('fails when text needs what is absent, and when a value is not in its table', () => {
    for (const [template, scope] of [
      ['x{{ input.gone }}', { input: {} }],
      ['x{{ input.o }}', { input: { o: {} } }],
      ['{{ input.c | map:colours }}', { input: { c: 'toString' } }],
      ['{{ input.c | number }}', { input: { c: 'many' } }],
    ] as const) {
      expect(() => render(template, scope as TemplateScope))
        .to.throw(NxError)
        .which.includes({ code: 'NX-CONNECTOR-INPUT' })
        .and.has.property('fix')
        .that.contains('`with:`')
    }
  })

  it('says what is wrong, with path and offset', () => {
    const { problems } = compileTemplate(
      {
        a: 'see {{ inpt.x }}',
        b: ['{{ input.x | shout }}'],
        c: '{{ input.x',
        d: '{{ input.x | map:none }}',
        e: '{{ 1 + 1 }}',
      },
      world,
      ['body'],
    )
    expect(problems.map(({ path, message }) => [path.join('.'), message])).to.deep.equal([
      ['body.a', "There is no 'inpt' here"],
      ['body.b.0', "There is no function 'shout'"],
      ['body.c', "'{{' is never closed by '}}'"],
      ['body.d', "There is no table 'none'"],
      ['body.e', "'1 + 1' is not a path like input.name"],
    ])
    expect(problems[0]?.offset).to.equal(6)
  })

  it('renders any JSON without braces as itself', () => {
    const plain = fc
      .jsonValue()
      .filter(
        (value) => !JSON.stringify(value).includes('{{') && !JSON.stringify(value).includes('__proto__'),
      )
    fc.assert(
      fc.property(plain, (value) => {
        expect(render(value as JsonValue, {})).to.deep.equal(value)
      }),
    )
  })
})
