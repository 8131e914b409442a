import { expect } from 'chai'
import * as fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import { flagBucket, flagValue } from '../../../src/control-plane/flags/flag-value.ts'

const nobody = { tenant: 'acme', workspace: 'default', unit: null }
const lead = (id: number) => ({ ...nobody, unit: `lead/${id}` })

/** Other programs compute buckets from the same table in docs/configuration.md. */
const vectors: ReadonlyArray<readonly [string, string, string, string, number]> = [
  ['new_scoring', 'acme', 'default', 'lead/1', 6457],
  ['new_scoring', 'acme', 'default', 'lead/2', 6206],
  ['new_scoring', 'acme', 'eu', 'lead/1', 5519],
  ['welcome_back', 'acme', 'default', 'lead/1', 1201],
  ['new_scoring', 'zürich-gmbh', 'default', 'deal/ä-7', 887],
]

describe('a feature flag', () => {
  it('puts units into the published buckets', () => {
    for (const [flag, tenant, workspace, unit, bucket] of vectors)
      expect([unit, flagBucket(flag, tenant, workspace, unit)]).to.deep.equal([unit, bucket])
  })

  it('has the same vectors in the documentation', async () => {
    const text = (await readFile('docs/configuration.md', 'utf8')).replace(/ +/g, ' ')
    for (const vector of vectors) expect(text).to.contain(`| ${vector.join(' | ')} |`)
  })

  it('is its default for whoever is not listed', () => {
    expect(flagValue('a', { default: true }, lead(1))).to.equal(true)
    expect(flagValue('a', { default: false }, lead(1))).to.equal(false)
    expect(flagValue('a', { default: false, on_for: { tenants: ['other'] } }, lead(1))).to.equal(false)
  })

  it('is on for what is in any of its lists', () => {
    const on = (on_for: object) => flagValue('a', { default: false, on_for }, lead(1))
    expect(on({ tenants: ['acme'], workspaces: ['eu'] })).to.equal(true)
    expect(on({ workspaces: ['default'] })).to.equal(true)
    expect(on({ workspaces: ['acme/default'] })).to.equal(true)
    expect(on({ workspaces: ['other/default'] })).to.equal(false)
    expect(on({ entities: ['lead/1'] })).to.equal(true)
    expect(on({ entities: ['lead/2'] })).to.equal(false)
  })

  it('turns nobody off when its percentage grows, and always answers the same', () => {
    const percentage = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100)
    fc.assert(
      fc.property(percentage, percentage, fc.nat(), (a, b, id) => {
        const [low, high] = a < b ? [a, b] : [b, a]
        const at = (share: number) => flagValue('a', { default: false, percentage: share }, lead(id))
        expect(at(low)).to.equal(at(low))
        if (at(low)) expect(at(high)).to.equal(true)
      }),
    )
  })

  it('is on for nobody at 0 and for everybody at 100, units or none', () => {
    for (let id = 0; id < 200; id += 1) {
      expect(flagValue('a', { default: false, percentage: 0 }, lead(id))).to.equal(false)
      expect(flagValue('a', { default: false, percentage: 100 }, lead(id))).to.equal(true)
    }
    expect(flagValue('a', { default: false, percentage: 100 }, nobody)).to.equal(true)
    expect(flagValue('a', { default: false, percentage: 99 }, nobody)).to.equal(false)
  })

  it('is on for the share that it says, of each flag another', () => {
    const ids = Array.from({ length: 20_000 }, (_, id) => id)
    const on = (flag: string) =>
      new Set(ids.filter((id) => flagValue(flag, { default: false, percentage: 10 }, lead(id))))
    const [first, second] = [on('first'), on('second')]
    // Five standard deviations around 2,000 and around 200.
    expect(first.size).to.be.within(1_788, 2_212)
    expect(second.size).to.be.within(1_788, 2_212)
    expect([...first].filter((id) => second.has(id)).length).to.be.within(130, 270)
  })

  it('keeps parts apart that would read the same side by side', () => {
    expect(flagBucket('ab', 'c', 'd', 'lead/1')).not.to.equal(flagBucket('a', 'bc', 'd', 'lead/1'))
  })
})
