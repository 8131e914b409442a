import { expect } from 'chai'
import { checkValue } from '../../../src/sales-core/types/check-value.ts'
import { typeAt, typeText } from '../../../src/sales-core/types/field-type.ts'
import { nearestName } from '../../../src/kernel/nearest-name.ts'
import { parseFieldType, parseFields } from '../../../src/sales-core/types/parse-field-type.ts'
import { zeroValue } from '../../../src/sales-core/types/zero-value.ts'

describe('field types', () => {
  for (const text of ['string', 'number?', 'list<string>', 'map<list<int>>?', 'timestamp', 'json']) {
    it(`${text} reads back as it was written`, () => {
      const type = parseFieldType(text)
      expect('problem' in type ? type.problem : typeText(type)).to.equal(text)
    })
  }

  for (const text of [
    'strin',
    'list',
    'list<>',
    'list<strin>',
    'number = x',
    'int = 1.5',
    'bool = yes',
    '',
    '?',
  ]) {
    it(`'${text}' is refused`, () => {
      expect(parseFieldType(text)).to.have.property('problem')
    })
  }

  it('has defaults', () => {
    const type = parseFieldType('number = 5')
    expect('problem' in type ? null : zeroValue(type)).to.equal(5)
    const text = parseFieldType('string = "new lead"')
    expect('problem' in text ? null : zeroValue(text)).to.equal('new lead')
  })

  it('reports every wrong field of a mapping with its path', () => {
    const { problems } = parseFields({
      a: 'strin',
      b: { c: 'number!' },
      'd-e': 'string',
      constructor: 'string',
      f: 5,
    })
    expect(problems.map(({ path }) => path.join('.'))).to.deep.equal(['a', 'b.c', 'd-e', 'constructor', 'f'])
  })

  it('finds the type of a path', () => {
    const { type } = parseFields({ consent: { sms: 'bool?' }, prices: 'map<number>', extra: 'json' })
    expect(typeAt(type, 'consent.sms')?.kind).to.equal('bool')
    expect(typeAt(type, 'consent.fax')).to.equal(null)
    expect(typeAt(type, 'prices.gold')).to.include({ kind: 'number', nullable: true })
    expect(typeAt(type, 'extra.any.thing')?.kind).to.equal('json')
  })

  it('says what is wrong with data, and where', () => {
    const { type } = parseFields({
      name: 'string',
      age: 'int',
      tags: 'list<string>',
      consent: { sms: 'bool?' },
      seen: 'timestamp',
    })
    expect(
      checkValue(type, { name: 'Ada', tags: ['a'], consent: { sms: null }, other: 1 }, ''),
    ).to.deep.equal([])
    expect(
      checkValue(type, { name: null, age: 1.5, tags: ['a', 2], consent: { sms: 'yes' }, seen: 'soon' }, ''),
    ).to.deep.equal([
      'name must be a string, not null',
      'age must be a int, not the number 1.5',
      'tags[1] must be a string, not the number 2',
      'consent.sms must be a bool?, not the string "yes"',
      'seen must be a timestamp, not the string "soon"',
    ])
  })

  it('finds the near name and no far one', () => {
    expect(nearestName('scroe', ['name', 'score'])).to.equal('score')
    expect(nearestName('temperture', ['temperature', 'score'])).to.equal('temperature')
    expect(nearestName('zebra', ['name', 'score'])).to.equal(null)
  })
})
