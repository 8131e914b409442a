import { expect } from 'chai'
import { countKey } from '../../../src/sales-core/conditions/condition-compiler.ts'
import type { Condition, VariableValues } from '../../../src/sales-core/conditions/condition-compiler.ts'
import { conditions } from '../../../src/sales-core/conditions/conditions.ts'
import { SlotTable } from '../../../src/sales-core/conditions/slot-table.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'
import { scalar } from '../../../src/sales-core/types/field-type.ts'
import type { FieldType } from '../../../src/sales-core/types/field-type.ts'

const variables = new Map<string, FieldType>([
  [
    'lead',
    parseFields({
      name: 'string',
      nick: 'string?',
      seen: 'timestamp?',
      score: 'number',
      tags: 'list<string>',
    }).type,
  ],
  ['now', scalar('timestamp')],
])
const now = new Date('2026-03-05T12:00:00Z')

function compiled(source: string): Condition {
  const result = conditions.compile(source, variables, 'bool')
  if (result.state === 'problems') throw new Error(result.problems[0]?.message)
  return result.condition
}

function holds(source: string, lead: object = {}, more: VariableValues = {}): unknown {
  const result = compiled(source).evaluate({ lead, now, ...more })
  return result.state === 'value' ? result.value : result.message
}

describe('functions of conditions', () => {
  const truths: ReadonlyArray<readonly [string, object]> = [
    ['days(2) == hours(48) && hours(1) == minutes(60) && minutes(1.5) == duration("90s")', {}],
    ['ago(lead.seen) > days(3)', { seen: '2026-03-01T12:00:00Z' }],
    ['!(ago(lead.seen) > days(3)) && !(ago(lead.seen) <= days(3))', {}],
    ['now - duration("1h30m") == timestamp("2026-03-05T10:30:00Z")', {}],
    ['duration("1.5s") == duration("1s500ms")', {}],
    ['lower(lead.name) == "ada" && upper(lead.name) == "ADA" && trim(" a ") == "a"', { name: 'aDa' }],
    ['now.getHours("Asia/Dubai") == 16 && now.getHours("+05:30") == 17 && now.getHours() == 12', {}],
    ['timestamp("2026-03-29T01:30:00Z").getHours("Europe/Berlin") == 3', {}],
    ['lead.name.matches("^[A-Z][a-z]+$") && matches(lead.name, "d")', { name: 'Ada' }],
    ['lead.name.matches("(?i)PRICE|cost")', { name: 'the Price?' }],
    ['!lead.nick.matches("a")', {}],
    ['lead.tags.map(t, t != "a", t.upper()) == ["B"]', { tags: ['a', 'b'] }],
    ['r"\\d" == "\\\\d" && "\\u00e9" == "é" && \'\'\'a"b\'\'\' == "a\\"b"', {}],
    ['lead.score in [0x10, 2] // a comment', { score: 16 }],
  ]
  for (const [source, lead] of truths) {
    it(`${source} holds for ${JSON.stringify(lead)}`, () => {
      expect(holds(source, lead)).to.equal(true)
    })
  }

  it('say what counts and calendars they need', () => {
    const { counts, calendars } = compiled(
      'count("email.opened", days(7)) > 2 && count("email.opened", hours(168)) < 9 && business_hours(now) && business_hours(lead.seen, "dubai")',
    )
    expect(counts).to.deep.equal([{ eventType: 'email.opened', windowMs: 7 * 86_400_000 }])
    expect(calendars).to.deep.equal([null, 'dubai'])
  })

  it('count events by what the values say, none when they say nothing of that type', () => {
    const source = 'count("email.opened", days(7)) >= 3'
    const key = countKey({ eventType: 'email.opened', windowMs: 7 * 86_400_000 })
    expect(holds(source, {}, { counts: { [key]: 3 } })).to.equal(true)
    expect(holds(source, {}, { counts: {} })).to.equal(false)
    expect(holds(source)).to.contain('no history')
  })

  it('ask the calendars for business hours', () => {
    const asked: unknown[] = []
    const businessHours = {
      isOpen: (atMs: number, calendar: string | null) => {
        asked.push([atMs, calendar])
        return calendar === 'nowhere' ? null : true
      },
    }
    expect(holds('business_hours(now)', {}, { businessHours })).to.equal(true)
    expect(holds('business_hours(now, "dubai")', {}, { businessHours })).to.equal(true)
    expect(holds('business_hours(now, "nowhere")', {}, { businessHours })).to.contain("'nowhere'")
    expect(holds('business_hours(lead.seen)', {}, { businessHours })).to.equal(false)
    expect(holds('business_hours(now)')).to.contain('no calendars')
    expect(asked).to.deep.equal([
      [now.getTime(), null],
      [now.getTime(), 'dubai'],
      [now.getTime(), 'nowhere'],
    ])
  })

  it('are suggested when nearly written', () => {
    const result = conditions.compile('lead.name.lowr() == "a" && agoo(now) > days(1)', variables, 'bool')
    expect(result.state === 'problems' && result.problems.map(({ fix }) => fix)).to.deep.equal([
      'Did you mean lower()?',
      'Did you mean ago()?',
    ])
  })
})

describe('values that conditions share', () => {
  it('are read once for each path, and only when a condition asks', () => {
    const reads: string[] = []
    const lead = new Proxy({ name: 'a', score: 5 } as Record<string, unknown>, {
      get: (target, key) => {
        reads.push(String(key))
        return target[String(key)]
      },
    })
    const many = ['lead.score > 1 || lead.name == "a"', 'lead.score > 4', 'lead.score < 9'].map(compiled)
    const slots = SlotTable.of(variables).slots({ lead, now })
    expect(reads).to.deep.equal([])
    expect(many.map((condition) => condition.test(slots).state === 'value')).to.deep.equal([true, true, true])
    expect(reads).to.deep.equal(['score'])
  })

  it('have a budget together: what does not fit any more says so', () => {
    const tags = Array.from({ length: 1_000 }, () => 'a')
    const slots = SlotTable.of(variables).slots({ lead: { tags }, now }, 10_000)
    const condition = compiled('lead.tags.all(t, t.size() == 1)')
    const results = [condition.test(slots), condition.test(slots)]
    expect(results[0]).to.deep.equal({ state: 'value', value: true })
    expect(results[1]).to.deep.include({ state: 'error', code: 'NX-CONDITION-FUEL' })
    const fresh = SlotTable.of(variables).slots({ lead: { tags }, now }, 10_000)
    expect(condition.test(fresh)).to.deep.equal({ state: 'value', value: true })
  })

  it('name a few time zones for the price of look-ups; the tables of many more are paid for', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    const asks = (tags: readonly string[]) =>
      compiled('lead.tags.exists(z, now.getHours(z) == 99)').evaluate({ lead: { tags }, now })
    const few = Array.from({ length: 1_000 }, (_, index) => zones[index % 8] ?? '')
    expect(asks(few)).to.deep.equal({ state: 'value', value: false })
    expect(asks(zones)).to.deep.include({ state: 'error', code: 'NX-CONDITION-FUEL' })
    const bad = zones.map((zone) => `${zone}x`)
    expect(asks(bad)).to.deep.include({ state: 'error', code: 'NX-CONDITION-FUEL' })
    expect(holds('now.getHours(lead.name) == 3', { name: 'Z' })).to.contain('no time zone')
  })

  it('serve conditions that were compiled after them', () => {
    const slots = SlotTable.of(variables).slots({ lead: { nick: 'x' }, now })
    expect(compiled('lead.nick == "x"').test(slots)).to.deep.equal({ state: 'value', value: true })
  })
})
