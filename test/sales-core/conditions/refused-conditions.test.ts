import { expect } from 'chai'
import { compile, problem, run } from './lead-conditions.ts'

describe('a condition that is refused', () => {
  const wrong: ReadonlyArray<readonly [string, string, number]> = [
    ['', 'NX-CONDITION-SYNTAX', 0],
    ['lead.score >', 'NX-CONDITION-SYNTAX', 12],
    ['lead.score = 5', 'NX-CONDITION-SYNTAX', 11],
    ['lead.scroe > 5', 'NX-CONDITION-UNKNOWN', 5],
    ['1 < 2 && lead.name.lowr() == "a"', 'NX-CONDITION-UNKNOWN', 9],
    ['deal.stage == "won"', 'NX-CONDITION-UNKNOWN', 0],
    ['lead.name > 5', 'NX-CONDITION-TYPE', 0],
    ['lead.name == 5', 'NX-CONDITION-TYPE', 0],
    ['lead.name == null', 'NX-CONDITION-TYPE', 0],
    ['lead.score', 'NX-CONDITION-TYPE', 0],
    ['lead.name && true', 'NX-CONDITION-TYPE', 0],
    ['!lead.score', 'NX-CONDITION-TYPE', 0],
    ['lead.score in ["a"]', 'NX-CONDITION-TYPE', 0],
    ['"a" in lead.name', 'NX-CONDITION-TYPE', 0],
    ['lead.name + 1 == "a1"', 'NX-CONDITION-TYPE', 0],
    ['lead.seen > "2026-01-01"', 'NX-CONDITION-TYPE', 0],
    ['lead.name.matches(lead.country)', 'NX-CONDITION-TYPE', 18],
    ['lead.name.matches("(?=a)")', 'NX-CONDITION-PATTERN', 18],
    [`lead.name.matches("${'a'.repeat(257)}")`, 'NX-CONDITION-PATTERN', 18],
    ['lead.name.matches("((a{9}){9}){9}")', 'NX-CONDITION-PATTERN', 18],
    ['lead.seen > timestamp("2026-01-31T10:00")', 'NX-CONDITION-VALUE', 12],
    ['double("x") > 3', 'NX-CONDITION-VALUE', 0],
    ['lead.name == "\\ud83d"', 'NX-CONDITION-SYNTAX', 14],
    ['count("email.opened", lead.cool) > 1', 'NX-CONDITION-TYPE', 22],
    ['count(lead.name, days(7)) > 1', 'NX-CONDITION-TYPE', 6],
    ['count("email.opened", days(91)) > 1', 'NX-CONDITION-LIMIT', 22],
    ['business_hours(lead.name)', 'NX-CONDITION-TYPE', 15],
    ['business_hours(now, lead.name)', 'NX-CONDITION-TYPE', 20],
    ['ago(lead.score) > days(1)', 'NX-CONDITION-TYPE', 0],
    ['lead.name == "a', 'NX-CONDITION-SYNTAX', 13],
    ['lead.hot and lead.hot', 'NX-CONDITION-SYNTAX', 9],
    ['lead.hot & lead.hot', 'NX-CONDITION-SYNTAX', 9],
    ['lead.extra?.a == 1', 'NX-CONDITION-SYNTAX', 10],
    ['lead.score > 10000000000000000000000', 'NX-CONDITION-SYNTAX', 13],
    ['lead.score > 5u', 'NX-CONDITION-TYPE', 13],
    ['flags.new_scoring', 'NX-CONDITION-UNKNOWN', 0],
    ['cel.bind(x, 1, x == 1)', 'NX-CONDITION-UNKNOWN', 0],
    ['lead.tags.all(a, lead.tags.all(b, lead.tags.all(c, a == b)))', 'NX-CONDITION-LIMIT', 51],
    [`lead.name == "${'x'.repeat(4_000)}"`, 'NX-CONDITION-LIMIT', 4_000],
    [`${'!'.repeat(100)}lead.hot`, 'NX-CONDITION-LIMIT', 65],
    [`${'('.repeat(300)}true${')'.repeat(300)}`, 'NX-CONDITION-LIMIT', 65],
    [`lead.score${' + 1'.repeat(70)} > 0`, 'NX-CONDITION-LIMIT', 41],
    [`lead.extra${'.a'.repeat(70)} == 1`, 'NX-CONDITION-LIMIT', 0],
  ]
  for (const [source, code, offset] of wrong) {
    it(`${source.length > 70 ? `${source.slice(0, 40)}… (${source.length})` : `'${source}'`} is ${code}`, () => {
      expect(problem(source)?.code).to.equal(code)
      expect(problem(source)?.offset).to.equal(offset)
    })
  }
  it('suggests the near name', () => {
    expect(problem('lead.scroe > 5')?.fix).to.contain("'score'")
    expect(problem('laed.score > 5')?.fix).to.contain("'lead'")
  })
  it('says how to write what was meant', () => {
    expect(problem('lead.seen > timestamp("2026-01-31T10:00")')?.fix).to.contain('with its offset')
    expect(problem('lead.name.matches("((a{9}){9}){9}")')?.fix).to.contain('several matches()')
    const half = problem('lead.name == "\\ud83d\\ude00"')
    expect(half?.message).to.equal('`\\ud83d` is no character of its own')
    expect(half?.fix).to.contain('\\U0001f600')
    expect(problem('lead.name == "C:\\dir"')?.fix).to.equal('Write \\\\ for a backslash.')
    expect(problem('lead.name == \ud83d')?.message).to.contain('half of a surrogate pair')
  })
  it('reports several problems at once', () => {
    const compiled = compile('lead.scroe > 5 && lead.nmae == "a"')
    expect(compiled.state === 'problems' && compiled.problems.map(({ offset }) => offset)).to.deep.equal([
      5, 23,
    ])
  })
  it('wants a number where a number is wanted', () => {
    expect(problem('lead.name', 'number')?.message).to.contain('must be a number')
    expect(run('lead.score * 2', { score: 4 }, {}, 'number')).to.deep.equal({ state: 'value', value: 8 })
  })
})
