import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { mutants } from './mutants.ts'

// The gate itself (`npm run test:mutants`) takes minutes; that its table still fits the sources is cheap to know.
describe('the mutation gate', () => {
  it('names every defence once', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).to.equal(mutants.length)
  })

  for (const { name, file, find, replace, tests } of mutants)
    it(`finds where to take out: ${name}`, () => {
      expect(readFileSync(file, 'utf8').split(find)).to.have.length(2)
      expect(replace).not.to.equal(find)
      if ('files' in tests) for (const test of tests.files) expect(existsSync(test), test).to.equal(true)
    })
})
