import { expect } from 'chai'
import fc from 'fast-check'
import { compileTemplate } from '../../../../src/adapters/connectors/template.ts'
import type { TemplateScope } from '../../../../src/adapters/connectors/template.ts'
import { eachItemsMax } from '../../../../src/adapters/connectors/templates/render-budget.ts'
import { NxError } from '../../../../src/kernel/errors.ts'
import type { JsonValue } from '../../../../src/kernel/json.ts'
import { cpuMs } from '../../../support/measures/cpu-ms.ts'

const world = { roots: ['input', 'entity'], tables: {} }
function render(template: JsonValue, scope: TemplateScope): JsonValue | undefined {
  const compiled = compileTemplate(template, world)
  expect(compiled.problems).to.deep.equal([])
  return compiled.render(scope)
}
const input = {
  lines: [{ sku: 'a', qty: 2, price: '1.50' }, { sku: 'b', qty: 1 }, {}],
  custom: { budget: 9, constructor: 'Engines' },
  text: 'x',
}
const line = {
  $each: 'input.lines',
  as: 'line',
  do: { sku: '{{ line.sku }}', cents: '{{ line.price | cents }}' },
}

describe('templates of lists and open objects', () => {
  const cases: readonly [string, JsonValue, JsonValue | undefined][] = [
    [
      'every item by the same template; what is left of none is left out',
      line,
      [{ sku: 'a', cents: 150 }, { sku: 'b' }],
    ],
    ['an absent list is absent', { a: { $each: 'input.gone', do: '{{ item }}' }, b: 1 }, { b: 1 }],
    ['an item is called item', { $each: 'input.lines', do: '{{ item.qty }}' }, [2, 1]],
    [
      'the roots are there inside',
      { $each: 'input.lines', do: '{{ entity.id }}{{ input.text }}' },
      ['42x', '42x', '42x'],
    ],
    [
      'lists inside lists',
      { $each: 'input.lines', as: 'a', do: { $each: 'input.lines', as: 'b', do: '{{ a.qty }}' } },
      [[2, 2, 2], [1, 1, 1], []],
    ],
    [
      'objects joined, the later member wins',
      { $merge: ['{{ input.custom }}', { budget: 1, name: '{{ input.text }}' }] },
      { budget: 1, constructor: 'Engines', name: 'x' },
    ],
    ['an absent part is none', { $merge: ['{{ input.gone }}', { a: 1 }] }, { a: 1 }],
    ['nothing joined is absent', { x: { $merge: ['{{ input.gone }}'] }, y: 1 }, { y: 1 }],
  ]
  for (const [what, template, expected] of cases)
    it(what, () => expect(render(template, { input, entity: { id: '42' } })).to.deep.equal(expected))

  it('fail on what is no list, no object, or too much', () => {
    const bad: readonly [JsonValue, TemplateScope][] = [
      [{ $each: 'input.text', do: 1 }, { input }],
      [{ $each: 'input.l', do: 1 }, { input: { l: Array.from({ length: eachItemsMax + 1 }, () => 1) } }],
      [{ $merge: ['{{ input.text }}'] }, { input }],
      // A thousand items, each with the whole input of 64 KiB: 64 MiB.
      [
        { $each: 'input.l', do: '{{ input.big }}' },
        { input: { l: Array.from({ length: 1_000 }, () => 1), big: { a: 'x'.repeat(65_536) } } },
      ],
      [
        {
          $each: 'input.l',
          as: 'a',
          do: { $each: 'input.l', as: 'b', do: { $each: 'input.l', as: 'c', do: 1 } },
        },
        { input: { l: Array.from({ length: 1_000 }, () => 1) } },
      ],
    ]
    for (const [template, scope] of bad) {
      const spent = cpuMs(() =>
        expect(() => render(template, scope), JSON.stringify(template).slice(0, 80))
          .to.throw(NxError)
          .with.property('code', 'NX-CONNECTOR-INPUT'),
      )
      expect(spent).to.be.lessThan(3_000)
    }
  })

  it('do not let a chain of functions double a text without end', () => {
    const chain = `{{ input.text${' | json'.repeat(60)} }}`
    const spent = cpuMs(() =>
      expect(() => render(chain, { input: { text: '"' } }))
        .to.throw(NxError)
        .with.property('detail')
        .that.contains('MiB'),
    )
    expect(spent).to.be.lessThan(2_000)
  })

  it('say what is wrong with them', () => {
    const said = (template: JsonValue) =>
      compileTemplate(template, world).problems.map(({ message, path }) => `${path.join('.')}: ${message}`)
    expect(said({ a: { $each: 'input.x' } })).to.deep.equal([
      'a: $each is written { $each: input.items, as: item, do: … }',
    ])
    expect(said({ a: { $each: 'input.x', as: 'input', do: 1 } }).join()).to.contain("not 'input'")
    expect(said({ a: { $each: 'inptu.x', do: 1 } })).to.deep.equal(["a.$each: There is no 'inptu' here"])
    expect(said({ a: { $each: 'input.x', do: '{{ line.y }}' } })).to.deep.equal([
      "a.do: There is no 'line' here",
    ])
    expect(said({ a: { $each: 'input.x', do: 1, extra: 1 } })).to.have.length(1)
    expect(said({ a: { $merge: { b: 1 } } })).to.deep.equal(['a: $merge is written { $merge: [ … ] }'])
  })

  it('take nothing from what a lead wrote: it is data', () => {
    const name = '{{ input.secret }} ${process.exit()} {"$each":"input.lines"}'
    expect(
      render({ a: '{{ input.name }}', b: 'Hi {{ input.name }}' }, { input: { name, secret: 's3cret' } }),
    ).to.deep.equal({ a: name, b: `Hi ${name}` })
    const evil = JSON.parse('{"__proto__": {"admin": true}, "a": 1}') as JsonValue
    const merged = render({ $merge: ['{{ input }}', { b: 2 }] }, { input: evil })
    expect((merged as Record<string, unknown>)['admin']).to.equal(undefined)
    expect(({} as Record<string, unknown>)['admin']).to.equal(undefined)
  })
})

describe('functions of templates', () => {
  const of = (expression: string, value: JsonValue) =>
    render(`{{ input.v | ${expression} }}`, { input: { v: value } })
  const cases: readonly [string, JsonValue, JsonValue][] = [
    ['int', '42', 42],
    ['int', 7, 7],
    ['base64', 'Ädä', 'w4Rkw6Q='],
    ['json', { b: 1, a: [true] }, '{"a":[true],"b":1}'],
    ['date', '2026-03-05T23:30:00-02:00', '2026-03-06'],
    ['date:iso', '2026-03-05', '2026-03-05T00:00:00.000Z'],
    ['date', 1_772_668_800_000, '2026-03-05'],
    ['epoch', '2026-03-05T00:00:00.900Z', 1_772_668_800],
    ['epoch_ms', '2026-03-05T00:00:00.9Z', 1_772_668_800_900],
    ['split', 'a, b,,c ', ['a', 'b', 'c']],
    ["split:';'", 'a;b,c', ['a', 'b,c']],
    ['join:,', ['a', 'b'], 'a,b'],
    ['cents', '12.34', 1_234],
    ['cents', 0.07, 7],
    ['cents', '-3.5', -350],
    ['cents', 1.1, 110],
    ['cents', '19.99', 1_999],
    ['escape', 'a < b & <!here>', 'a &lt; b &amp; &lt;!here&gt;'],
    // RFC 9562, A.4: www.example.com in the namespace of DNS names.
    ['uuid5:6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com', '2ed6657d-e927-568b-95e1-2665a8aea6a2'],
  ]
  for (const [expression, value, expected] of cases)
    it(`${JSON.stringify(value)} | ${expression}`, () =>
      expect(of(expression, value)).to.deep.equal(expected))

  const wrong: readonly [string, JsonValue][] = [
    ['int', '4.2'],
    ['int', ''],
    ['int', 'many'],
    ['int', { a: 1 }],
    ['int', '9007199254740993'],
    ['date', '2026-02-30'],
    ['date', 'tomorrow'],
    ['date', '2026-03-05T10:00:00'],
    ['date', '5'],
    ['epoch', true],
    ['cents', '1.005'],
    ['cents', '1,50'],
    ['cents', '1e3'],
    ['cents', 'free'],
    ['uuid5:nonsense', 'x'],
    ['base64', { a: 1 }],
    ['escape', ['<']],
  ]
  for (const [expression, value] of wrong)
    it(`${JSON.stringify(value)} | ${expression} is refused`, () => {
      expect(() => of(expression, value))
        .to.throw(NxError)
        .with.property('code', 'NX-CONNECTOR-INPUT')
    })

  it('the same name is always the same UUID, another name another one', () => {
    expect(of('uuid5', 'a'))
      .to.equal(of('uuid5', 'a'))
      .and.to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-5/)
    expect(of('uuid5', 'a')).to.not.equal(of('uuid5', 'b'))
  })

  it('cents never round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), (cents) => {
        expect(of('cents', `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`)).to.equal(
          cents,
        )
      }),
    )
  })
})
