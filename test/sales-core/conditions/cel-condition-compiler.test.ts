import { expect } from 'chai'
import fc from 'fast-check'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { compile, holds, problem } from './lead-conditions.ts'

describe('conditions', () => {
  const truths: ReadonlyArray<readonly [string, JsonObject, boolean]> = [
    ['lead.score >= 50 && lead.country in ["AE", "SA"]', { score: 60, country: 'AE' }, true],
    ['lead.score == 5', { score: 5 }, true],
    ['lead.score + 5 > 9.5', { score: 5 }, true],
    ['lead.budget in [25000]', { budget: 25000 }, true],
    ['lead.visits * 2 == lead.score', { visits: 2, score: 4 }, true],
    ['7 / 2 == 3.5', {}, true],
    ['-lead.score < 0', { score: 1 }, true],
    ['lead.name.lower().contains("ada") && lead.name.startsWith("A")', { name: 'ADA' }, true],
    ['lead.name.trim() == "Ada"', { name: ' Ada ' }, true],
    ['size(lead.tags) == 2 && "vip" in lead.tags', { tags: ['a', 'vip'] }, true],
    ['lead.tags.exists(t, t.startsWith("v"))', { tags: ['a', 'vip'] }, true],
    ['lead.tags.all(t, t != "")', {}, true],
    ['lead.tags.filter(t, t == "a").size() == 1', { tags: ['a', 'b'] }, true],
    ['lead.tags.map(t, t.upper()) == ["A"]', { tags: ['a'] }, true],
    ['lead.tags.exists_one(t, t == "a")', { tags: ['a', 'a'] }, false],
    ['lead.tags[0] == "a" && lead.tags[5] == null', { tags: ['a'] }, true],
    ['lead.prices["gold"] > 5', { prices: { gold: 6 } }, true],
    ['lead.extra.utm.source == "ads"', { extra: { utm: { source: 'ads' } } }, true],
    ['has(lead.country) ? lead.country == "AE" : false', {}, false],
    ['lead.consent.sms', { consent: { sms: true } }, true],
    ['now - lead.seen < duration("48h")', { seen: '2026-03-04T12:00:00Z' }, true],
    ['lead.seen > timestamp("2026-01-01T00:00:00Z")', { seen: '2026-03-04T12:00:00Z' }, true],
    ['now.getHours() == 12 && now.getDayOfWeek() == 4', {}, true],
    ['string(lead.score) + "!" == "5!"', { score: 5 }, true],
    ['int("12") == 12 && double("1.5") == 1.5 && bool("true")', {}, true],
    ['tenant == "acme"', {}, true],
    ['[[1, 2], [3]] == [[1, 2], [3]] && {"a": 1} == {"a": 1.0}', {}, true],
    ['"size of é: " + string(size("é")) == "size of é: 1"', {}, true],
  ]
  for (const [source, values, expected] of truths) {
    it(`${source} is ${expected} for ${JSON.stringify(values)}`, () => {
      expect(holds(source, values)).to.equal(expected)
    })
  }

  describe('what is absent', () => {
    it('reads as null where it may be, as default or zero where it may not', () => {
      expect(
        holds(
          'lead.country == null && lead.score == 0 && lead.name == "" && !lead.hot && lead.tags == [] && lead.stage == "new"',
        ),
      ).to.equal(true)
    })
    it('makes comparisons of size false, both ways', () => {
      expect(holds('lead.budget >= 0 || lead.budget < 0')).to.equal(false)
    })
    it('passes through methods and arithmetic', () => {
      expect(
        holds('lead.country.lower() == null && lead.budget + 1 == null && !lead.country.contains("A")'),
      ).to.equal(true)
    })
    it('counts as false where a bool is wanted', () => {
      expect(holds('lead.consent.sms || !lead.consent.sms')).to.equal(true)
      expect(holds('lead.consent.sms')).to.equal(false)
    })
    it('is the same as null in the data', () => {
      expect(holds('lead.country == null && lead.name == ""', { country: null, name: null })).to.equal(true)
    })
  })

  describe('bounds', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => index)
    it('stops a nested loop over a large list', () => {
      expect(holds('event.amounts.all(a, event.amounts.all(b, a + b >= 0))', {}, { amounts: many })).to.equal(
        'NX-CONDITION-FUEL',
      )
    })
    it('stops lists that double', () => {
      const doubling = `[[1, 2]]${'.map(x, x + x)'.repeat(30)}.size() == 1`
      expect(holds(doubling)).to.be.oneOf(['NX-CONDITION-FUEL', 'NX-CONDITION-SIZE'])
    })
    it('stops text that doubles', () => {
      const doubling = `["aaaaaaaaaaaaaaaa"]${'.map(x, x + x)'.repeat(40)}.size() == 1`
      expect(holds(doubling)).to.be.oneOf(['NX-CONDITION-FUEL', 'NX-CONDITION-SIZE'])
    })
    it('lets an ordinary loop over a large list through', () => {
      expect(holds('event.amounts.exists(a, a == 4999)', {}, { amounts: many })).to.equal(true)
    })
    it('never reaches what every object inherits', () => {
      expect(
        holds(
          'lead.extra.constructor == null && lead.extra["__proto__"] == null && lead.prices.toString == null',
        ),
      ).to.equal(true)
      expect(problem('lead.__proto__ == null')?.code).to.equal('NX-CONDITION-UNKNOWN')
    })
  })

  describe('failures with some values', () => {
    it('are results, not exceptions', () => {
      expect(holds('1 / lead.score > 1')).to.equal('NX-CONDITION-DATA')
      expect(holds('lead.extra + 1 > 1', { extra: 'a' })).to.equal('NX-CONDITION-DATA')
      expect(holds('lead.score > 5', { score: 'many' })).to.equal('NX-CONDITION-DATA')
    })
    it('do not matter where the other side decides', () => {
      expect(holds('1 / lead.score > 1 || true')).to.equal(true)
      expect(holds('false && 1 / lead.score > 1')).to.equal(false)
      expect(holds('1 / lead.score > 1 && false')).to.equal(false)
      expect(holds('1 / lead.score > 1 && true')).to.equal('NX-CONDITION-DATA')
    })
  })

  it('knows what it reads', () => {
    const compiled = compile('lead.country in ["AE"] && lead.consent.sms && event.text != ""')
    if (compiled.state === 'problems') throw new Error('It must compile')
    expect(compiled.condition.reads).to.have.members(['lead.country', 'lead.consent.sms', 'event.text'])
    expect([...compiled.condition.roots]).to.have.members(['lead', 'event'])
  })

  it('never throws, whatever the text', () => {
    const word = fc.constantFrom(
      'lead',
      'event',
      '.',
      'score',
      'tags',
      '(',
      ')',
      '[',
      ']',
      '&&',
      '||',
      '!',
      '==',
      '<',
      '+',
      '"a"',
      '1',
      'in',
      'null',
      '?',
      ':',
      ',',
      'all',
      'x',
      'has',
      '{',
      '}',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
        (source) => {
          const compiled = compile(source)
          if (compiled.state === 'compiled') compiled.condition.evaluate({ lead: {}, event: {} })
          else expect(compiled.problems).not.to.have.length(0)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('never throws, whatever the data', () => {
    const sources = truths.map(([source]) => compile(source))
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (leadValue, event) => {
        for (const compiled of sources) {
          if (compiled.state === 'compiled')
            expect(compiled.condition.evaluate({ lead: leadValue, event, now: 'no time' })).to.have.property(
              'state',
            )
        }
      }),
      { numRuns: 300 },
    )
  })
})
