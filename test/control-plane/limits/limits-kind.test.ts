import { expect } from 'chai'
import * as fc from 'fast-check'
import { z } from 'zod'
import { limitsBounds, limitsKind } from '../../../src/control-plane/limits/limits-kind.ts'
import { resolveLimits } from '../../../src/control-plane/limits/resolve-limits.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'
import type { Scope } from '../../../src/control-plane/documents/document.ts'

const global: Scope = { level: 'global' }
const acme: Scope = { level: 'tenant', tenant: 'acme' }
const eu: Scope = { level: 'workspace', tenant: 'acme', workspace: 'eu' }

function codes(...documents: readonly (readonly [Scope, string])[]): readonly string[] {
  const sources = documents.flatMap(
    ([scope, body], index) =>
      parseDocuments(`f${index}.yaml`, `apiVersion: neuronx/v1\nkind: Limits\n${body}\n`, scope).documents,
  )
  return validateDocuments(sources, [limitsKind]).findings.map(({ code, path }) => `${code} ${path}`)
}

const parse = (members: object) =>
  limitsKind.schema.parse({ apiVersion: 'neuronx/v1', kind: 'Limits', name: 'x', ...members })

const defaults = {
  eventsPerSecond: 10,
  burst: 20,
  keyHorizonMs: 1,
  waitingEvents: 2,
  weight: 1,
  inFlight: 3,
}

describe('Limits', () => {
  it('finds nothing wrong with one document for all and one for a tenant', () => {
    const body = (name: string) =>
      `name: ${name}\nintake: { eventsPerSecond: 10, burst: 20, keyHorizon: 24h, waitingEvents: 100 }\ndispatch: { weight: 2, inFlight: 8 }`
    expect(codes([global, body('fleet')], [acme, body('acme')])).to.deep.equal([])
  })

  const wrong: readonly [string, string, string][] = [
    ['a rate of nothing', 'intake: { eventsPerSecond: 0 }', 'intake.eventsPerSecond'],
    ['a burst of half an event', 'intake: { burst: 1.5 }', 'intake.burst'],
    ['a horizon below an hour', 'intake: { keyHorizon: 59m }', 'intake.keyHorizon'],
    ['a horizon above 90 days', 'intake: { keyHorizon: 91d }', 'intake.keyHorizon'],
    ['a horizon that is no duration', 'intake: { keyHorizon: soon }', 'intake.keyHorizon'],
    ['a weight above 100', 'dispatch: { weight: 101 }', 'dispatch.weight'],
    ['a field that nobody knows', 'intake: { rate: 3 }', 'intake.rate'],
    ['what is announced and not carried out', 'quotas: { commands_per_day: 1 }', 'quotas'],
  ]
  for (const [what, members, path] of wrong) {
    it(`refuses ${what}`, () => {
      const found = codes([acme, `name: acme\n${members}`])
      expect(found).to.have.length(1)
      expect(found[0]?.split(' ')[1]).to.equal(path)
    })
  }

  it('refuses a second document in a scope, and any in a workspace', () => {
    const twice = codes([acme, 'name: a'], [acme, 'name: b'])
    expect(twice).to.deep.equal(['NX-LIMITS-TWICE name'])
    expect(codes([eu, 'name: eu'])).to.deep.equal(['NX-LIMITS-PLACE kind'])
  })

  it('can be told to editors as JSON Schema', () => {
    const schema = z.toJSONSchema(limitsKind.schema, { unrepresentable: 'any', io: 'input' })
    expect(JSON.stringify(schema)).to.contain('eventsPerSecond')
  })

  it('lays a tenant over the fleet over the defaults, member by member', () => {
    const fleet = parse({ intake: { eventsPerSecond: 100, keyHorizon: '1h' }, dispatch: { weight: 2 } })
    const tenant = parse({ intake: { waitingEvents: 7 }, dispatch: { weight: 5 } })
    expect(resolveLimits(defaults, [fleet, tenant])).to.deep.equal({
      eventsPerSecond: 100,
      burst: 200,
      keyHorizonMs: 3_600_000,
      waitingEvents: 7,
      weight: 5,
      inFlight: 3,
    })
  })

  it('gives every number within its bounds, whatever is left out', () => {
    const { eventsPerSecond, burst } = limitsBounds
    const intake = fc.record(
      {
        eventsPerSecond: fc.double({ ...eventsPerSecond, noNaN: true }),
        burst: fc.integer(burst),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(intake, { maxLength: 3 }), (all) => {
        const resolved = resolveLimits(
          defaults,
          all.map((one) => parse({ intake: one })),
        )
        expect(resolved.burst).to.be.within(burst.min, burst.max)
        expect(resolved.eventsPerSecond).to.be.within(eventsPerSecond.min, eventsPerSecond.max)
      }),
    )
  })
})
