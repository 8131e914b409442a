import { expect } from 'chai'
import fc from 'fast-check'
import { NxError } from '../../../src/kernel/errors.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { decodeWireEvent, wireEventOf } from '../../../src/messaging/events/wire-event.ts'
import { someLoggedEvent } from '../../support/events.ts'

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/)

describe('wire events', () => {
  it('come out as they went in, whatever their texts hold', () => {
    fc.assert(
      fc.property(
        fc.record({
          source: text,
          externalId: text,
          id: text,
          kind: word,
          workspace: word,
          data: fc.dictionary(fc.string(), fc.jsonValue()),
          causationId: fc.option(text),
          only: fc.option(text, { nil: undefined }),
          depth: fc.nat({ max: 9 }),
        }),
        ({ id, kind, data, only, ...rest }) => {
          const event = someLoggedEvent({
            ...rest,
            subject: { kind, id },
            data: JSON.parse(JSON.stringify(data)) as JsonObject,
            ...(only === undefined ? {} : { only }),
          })
          expect(decodeWireEvent(wireEventOf(event, 'acme'))).to.deep.equal(event)
        },
      ),
    )
  })

  it('are CloudEvents 1.0 with the extensions of the gateway', () => {
    const event = someLoggedEvent()
    expect(JSON.parse(wireEventOf(event, 'acme'))).to.include({
      specversion: '1.0',
      id: event.id,
      source: 'crm',
      type: 'lead.created',
      subject: 'lead/42',
      tenant: 'acme',
      workspace: 'default',
      correlationid: event.correlationId,
      rootid: event.rootId,
      depth: 0,
    })
  })

  it('are read by a program that does not know all their fields, as those of a newer version', () => {
    const event = someLoggedEvent()
    const newer = {
      ...(JSON.parse(wireEventOf(event, 'acme')) as JsonObject),
      lane: 'fast',
      extra: { a: [1] },
    }
    expect(decodeWireEvent(JSON.stringify(newer))).to.deep.equal(decodeWireEvent(wireEventOf(event, 'acme')))
  })

  it('are refused, without being quoted, when anything is missing or of another type', () => {
    const whole = JSON.parse(wireEventOf(someLoggedEvent(), 'acme')) as Record<string, unknown>
    const needed = [
      'id',
      'source',
      'type',
      'subject',
      'workspace',
      'tenantid',
      'entityseq',
      'shard',
      'data',
      'time',
      'rootid',
      'depth',
    ]
    const broken = needed.flatMap((name) => [
      JSON.stringify({ ...whole, [name]: undefined }),
      JSON.stringify({ ...whole, [name]: [] }),
    ])
    for (const message of [
      ...broken,
      '',
      'secret',
      '[]',
      'null',
      JSON.stringify({ ...whole, origin: 'secret' }),
    ]) {
      expect(() => decodeWireEvent(message))
        .to.throw(NxError)
        .that.satisfies(
          (error: NxError) =>
            error.code === 'NX-EVENT-WIRE' && !`${error.message}${error.detail}`.includes('secret'),
        )
    }
  })
})
