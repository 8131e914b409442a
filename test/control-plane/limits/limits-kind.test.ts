import { expect } from 'chai'
import * as fc from 'fast-check'
import { z } from 'zod'
import { limitsBounds, limitsKind } from '../../../src/control-plane/limits/limits-kind.ts'
import {
  capIntegration,
  noIntegrationCaps,
  resolveLimits,
} from '../../../src/control-plane/limits/resolve-limits.ts'
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
  ...noIntegrationCaps,
  ruleBreaker: { failuresMax: 20, windowMs: 300_000, openMs: 60_000, openMsMax: 3_600_000 },
}

describe('Limits', () => {
  it('finds nothing wrong with one document for all and one for a tenant', () => {
    const fleet =
      'name: fleet\nintake: { eventsPerSecond: 10, burst: 20, keyHorizon: 24h, waitingEvents: 100 }\ndispatch: { weight: 2, inFlight: 8 }'
    const own = 'name: acme\nintake: { eventsPerSecond: 20, burst: 40 }\ndispatch: { weight: 3 }'
    expect(codes([global, fleet], [acme, own])).to.deep.equal([])
  })

  const wrong: readonly [string, string, string][] = [
    ['a rate of nothing', 'intake: { eventsPerSecond: 0 }', 'intake.eventsPerSecond'],
    ['a burst of half an event', 'intake: { burst: 1.5 }', 'intake.burst'],
    ['a horizon below an hour', 'intake: { keyHorizon: 59m }', 'intake.keyHorizon'],
    ['a horizon above 90 days', 'intake: { keyHorizon: 91d }', 'intake.keyHorizon'],
    ['a horizon that is no duration', 'intake: { keyHorizon: soon }', 'intake.keyHorizon'],
    ['a weight above 100', 'dispatch: { weight: 101 }', 'dispatch.weight'],
    ['a field that nobody knows', 'intake: { rate: 3 }', 'intake.rate'],
    [
      'what is announced and not carried out',
      'quotas: { workflow_instances: 1 }',
      'quotas.workflow_instances',
    ],
    ['a quota of nothing', 'quotas: { commands_per_day: 0 }', 'quotas.commands_per_day'],
    [
      'a breaker that opens for longer than its longest',
      'rule_breaker: { open: 2h, open_max: 1h }',
      'rule_breaker.open',
    ],
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
      ...noIntegrationCaps,
      ruleBreaker: defaults.ruleBreaker,
    })
  })

  it('reads rates.events_per_second as intake.eventsPerSecond, and takes one of the two', () => {
    const given = resolveLimits(defaults, [parse({ rates: { events_per_second: 50 } })])
    expect(given).to.include({ eventsPerSecond: 50, burst: 100 })
    const both = 'name: a\nintake: { eventsPerSecond: 5 }\nrates: { events_per_second: 5 }'
    expect(codes([global, both])).to.deep.equal(['NX-LIMITS-BOTH rates.events_per_second'])
    const late = 'name: a\nintake: { burst: 5 }\nrates: { events_per_second: 50 }'
    expect(codes([global, late])).to.deep.equal(['NX-LIMITS-BURST intake.burst'])
  })

  it('caps what an integration says of itself, and never raises it', () => {
    const own = { perSecond: 30, concurrency: 16, timeoutMs: 10_000, other: 'kept' }
    const tenant = resolveLimits(defaults, [
      parse({
        rates: { commands_per_second: { default: 20, whatsapp: 10 } },
        timeouts: { call: '5s' },
        concurrency: { per_integration: 4 },
      }),
    ])
    expect(capIntegration(own, [], tenant)).to.deep.equal({
      perSecond: 20,
      concurrency: 4,
      timeoutMs: 5_000,
      other: 'kept',
    })
    expect(capIntegration(own, ['whatsapp'], tenant)).to.include({ perSecond: 10 })
    expect(capIntegration(own, ['sms', 'whatsapp'], tenant)).to.include({ perSecond: 10 })
    expect(capIntegration({ ...own, perSecond: 2 }, ['whatsapp'], tenant)).to.include({ perSecond: 2 })
    expect(capIntegration(own, ['sms'], noIntegrationCaps)).to.deep.equal(own)
  })

  it("lays a tenant's rates over the fleet's, channel by channel", () => {
    const fleet = parse({ rates: { commands_per_second: { default: 20, whatsapp: 10 } } })
    const resolved = resolveLimits(defaults, [fleet, parse({ rates: { commands_per_second: 5 } })])
    expect(resolved.commandsPerSecond).to.equal(5)
    expect([...resolved.channelCommandsPerSecond]).to.deep.equal([['whatsapp', 10]])
  })

  it('keeps the times of the breaker together, member by member', () => {
    const fleet = parse({ rule_breaker: { failures: 3, open: '2h' } })
    expect(
      resolveLimits(defaults, [fleet, parse({ rule_breaker: { within: '10s' } })]).ruleBreaker,
    ).to.deep.equal({
      failuresMax: 3,
      windowMs: 10_000,
      openMs: 7_200_000,
      openMsMax: 7_200_000,
    })
  })

  it('refuses by name what no daemon could obey', () => {
    expect(codes([global, 'name: a\nquotas: { storage_mb: 5 }'])).to.deep.equal([
      'NX-CONFIG-NOT-YET quotas.storage_mb',
    ])
    expect(codes([global, 'name: a\ntimeouts: { call: 31s }'])).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE timeouts.call',
    ])
    expect(codes([global, 'name: a\ntimeouts: { evaluation_fuel: 10 }'])).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE timeouts.evaluation_fuel',
    ])
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
