import { globSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

/** `column <= clock_timestamp()`, or before some time ago, in a statement that reads by that column. */
const unbounded = /\b(?:\w+\.)?(\w+) <=? clock_timestamp\(\)[^`]{0,250}?order by [^`\n]{0,80}?\b\1\b/

describe('statements that look for what is due', () => {
  it('end at the first row that is not: clock_timestamp() is another at every row and bounds no index', () => {
    const files = globSync('src/adapters/postgres/**/*.ts')
    expect(files.length).to.be.greaterThan(50)
    expect(files.filter((file) => unbounded.test(readFileSync(file, 'utf8')))).to.deep.equal([])
  })

  it('would be noticed', () => {
    const bad = 'select id from t where x = $1 and t.wake_at <= clock_timestamp() order by t.wake_at limit 5'
    expect(unbounded.test(bad)).to.equal(true)
    const old = bad.replace('<= clock_timestamp()', "< clock_timestamp() - $2 * interval '1 ms'")
    expect(unbounded.test(old)).to.equal(true)
    for (const text of [bad, old])
      expect(unbounded.test(text.replace('clock_', 'statement_'))).to.equal(false)
  })
})
