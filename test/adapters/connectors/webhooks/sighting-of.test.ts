import { expect } from 'chai'
import type {
  CompiledMapping,
  PayloadScope,
} from '../../../../src/adapters/connectors/webhooks/map-payload.ts'
import { sightingOf } from '../../../../src/adapters/connectors/webhooks/sighting-of.ts'
import { NxError } from '../../../../src/kernel/errors.ts'

const at = new Date('2026-03-05T12:00:00Z')

/** Of objects that are rendered so. */
const sighted = (...renders: readonly (() => unknown)[]) =>
  sightingOf(
    {
      mapping: { alike: { types: ['lead.created'], compares: [] } },
      alike: renders.map((render) => ({ render })),
    } as unknown as CompiledMapping,
    {} as PayloadScope,
    {},
    at,
    'read',
  )
const throws = (error: Error) => (): never => {
  throw error
}

describe('by what an event is recognised', () => {
  it('is nothing where something is missing, or more than can be walked, and an error of ours is one', () => {
    const missing = throws(new NxError('invalid', 'NX-CONNECTOR-INPUT', 'x'))
    const tooDeep = throws(new RangeError('Maximum call stack size exceeded'))
    expect(sighted(missing, tooDeep)).to.equal(null)
    expect(sighted(tooDeep, () => 'c-1')).to.deep.include({ objects: ['c-1'], types: ['lead.created'] })
    expect(() => sighted(throws(new TypeError('a bug')))).to.throw(TypeError)
  })
})
