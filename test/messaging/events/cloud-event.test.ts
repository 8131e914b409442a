import { expect } from 'chai'
import fc from 'fast-check'
import { NxError } from '../../../src/kernel/errors.ts'
import {
  batchEventsMax,
  cloudEventBatchType,
  cloudEventType,
  parseCloudEvents,
} from '../../../src/messaging/events/cloud-event.ts'
import { eventBytesMax } from '../../../src/messaging/events/event.ts'
import { sourceSlug, toIncoming } from '../../../src/messaging/intake/event-draft.ts'

const valid = {
  specversion: '1.0',
  id: 'e1',
  source: 'crm',
  type: 'lead.created',
  subject: 'lead/42',
  data: { name: 'Ada' },
}

function parse(event: unknown, contentType: string = cloudEventType) {
  return parseCloudEvents({ 'content-type': contentType }, Buffer.from(JSON.stringify(event)))
}

function failure(run: () => unknown): NxError {
  try {
    run()
  } catch (error) {
    if (error instanceof NxError) return error
    throw error
  }
  throw new Error('It did not fail')
}

describe('parseCloudEvents', () => {
  it('reads a structured event', () => {
    const [parsed] = parse({ ...valid, time: '2026-03-05T14:00:00+02:00', correlationid: 'c1' })
    expect(parsed?.draft).to.deep.equal({
      source: 'crm',
      externalId: 'e1',
      type: 'lead.created',
      subject: { kind: 'lead', id: '42' },
      time: '2026-03-05T12:00:00.000Z',
      data: { name: 'Ada' },
      correlationId: 'c1',
    })
  })

  it('reads binary mode: attributes from percent-encoded headers, data from the body', () => {
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'ce-specversion': '1.0',
      'ce-id': 'e1',
      'ce-source': 'crm%20one',
      'ce-type': 'lead.created',
      'ce-subject': 'lead/4%2F2',
      'ce-traceparent': '00-x',
    }
    const [parsed] = parseCloudEvents(headers, Buffer.from('{"name":"Ada"}'))
    expect(parsed?.draft).to.deep.include({
      source: 'crm one',
      subject: { kind: 'lead', id: '4/2' },
      data: { name: 'Ada' },
    })
    expect(parsed?.ignored).to.deep.equal(['traceparent'])
  })

  it('refuses numbers that take many times their size when written out, and takes a few of them', () => {
    const wide = (count: number) => ({ ...valid, data: { n: Array.from({ length: count }, () => 1e-308) } })
    expect(parse(wide(1_000))).to.have.length(1)
    const error = failure(() => parse(wide(2_000)))
    expect(error).to.include({ code: 'NX-EVENT-INVALID', kind: 'invalid' })
    expect(error.detail).to.contain('digits')
  })

  it('reads a batch in order', () => {
    const parsed = parse([valid, { ...valid, id: 'e2' }], cloudEventBatchType)
    expect(parsed.map(({ draft }) => draft.externalId)).to.deep.equal(['e1', 'e2'])
  })

  it('names the element and the field that is wrong in a batch', () => {
    const error = failure(() => parse([valid, { ...valid, type: 'Lead Created' }], cloudEventBatchType))
    expect(error).to.include({ code: 'NX-EVENT-INVALID', kind: 'invalid' })
    expect(error.where?.path).to.equal('[1].type')
    expect(error.detail).to.contain('[1].type')
  })

  const refused: readonly [string, unknown, string][] = [
    ['a specversion of another kind', { ...valid, specversion: '0.3' }, 'specversion'],
    ['a missing id', { ...valid, id: undefined }, 'id'],
    ['an id that is a number', { ...valid, id: 7 }, 'id'],
    ['an id of 256 characters', { ...valid, id: 'x'.repeat(256) }, 'id'],
    ['an empty source', { ...valid, source: '' }, 'source'],
    ['a subject without a kind', { ...valid, subject: '42' }, 'subject'],
    ['a subject with a line feed', { ...valid, subject: 'lead/4\n2' }, 'subject'],
    ['a time that is none', { ...valid, time: 'yesterday' }, 'time'],
    ['a day that does not exist', { ...valid, time: '2026-13-41T00:00:00Z' }, 'time'],
    ['a year that Postgres does not know', { ...valid, time: '0000-01-01T00:00:00Z' }, 'time'],
    ['data that is a list', { ...valid, data: [1] }, 'data'],
    ['data in base64', { ...valid, data_base64: 'eA==' }, 'data_base64'],
    ['data of another content type', { ...valid, datacontenttype: 'text/xml' }, 'datacontenttype'],
    ['a NUL inside the data', { ...valid, data: { a: ['x\u0000'] } }, 'data.a[0]'],
    ['half a surrogate pair inside the data', { ...valid, data: { a: '\ud800' } }, 'data.a'],
    ['an event that is text', 'lead', ''],
    ['null', null, ''],
  ]
  for (const [what, event, path] of refused) {
    it(`refuses ${what}`, () => {
      const error = failure(() => parse(event))
      expect(error.code).to.equal('NX-EVENT-INVALID')
      expect(error.where?.path).to.equal(path)
      expect(error.fix).to.be.a('string')
    })
  }

  it('refuses data that is nested too deeply, without running out of stack', () => {
    const deep = `{"specversion":"1.0","id":"e","source":"s","type":"t","data":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`
    const error = failure(() => parseCloudEvents({ 'content-type': cloudEventType }, Buffer.from(deep)))
    expect(error.detail).to.contain('nested deeper')
  })

  it('refuses a __proto__ key and numbers beyond a double', () => {
    for (const data of ['{"__proto__":{"a":1}}', '{"a":1e999}']) {
      const body = `{"specversion":"1.0","id":"e","source":"s","type":"t","data":${data}}`
      expect(
        failure(() => parseCloudEvents({ 'content-type': cloudEventType }, Buffer.from(body))).code,
      ).to.equal('NX-EVENT-INVALID')
    }
  })

  it('says where malformed JSON breaks off, and refuses what is not UTF-8', () => {
    const headers = { 'content-type': cloudEventType }
    expect(failure(() => parseCloudEvents(headers, Buffer.from('{"id": }'))).detail).to.match(
      /Unexpected token '}'/,
    )
    expect(failure(() => parseCloudEvents(headers, Buffer.alloc(0))).detail).to.equal('The body is empty.')
    expect(failure(() => parseCloudEvents(headers, Buffer.from([0x22, 0xff, 0x22]))).message).to.equal(
      'The body is not UTF-8',
    )
  })

  it('refuses other content types and charsets', () => {
    for (const type of ['text/plain', 'application/json', '', `${cloudEventType}; charset=latin1`]) {
      expect(failure(() => parse(valid, type)).code).to.equal('NX-EVENT-CONTENT-TYPE')
    }
  })

  it('holds an event to 512 KiB, alone and inside a batch', () => {
    const big = { ...valid, data: { text: 'x'.repeat(eventBytesMax) } }
    expect(failure(() => parse(big)).code).to.equal('NX-EVENT-TOO-LARGE')
    const error = failure(() => parse([valid, big], cloudEventBatchType))
    expect(error).to.include({ code: 'NX-EVENT-TOO-LARGE' })
    expect(error.where?.path).to.equal('[1]')
  })

  it('holds a batch to 1 to 1,000 events', () => {
    expect(failure(() => parse([], cloudEventBatchType)).code).to.equal('NX-EVENT-BATCH-SIZE')
    const many = Array.from({ length: batchEventsMax + 1 }, (_, index) => ({ ...valid, id: String(index) }))
    expect(failure(() => parse(many, cloudEventBatchType)).code).to.equal('NX-EVENT-BATCH-SIZE')
    expect(parse(many.slice(1), cloudEventBatchType)).to.have.length(batchEventsMax)
  })

  it('either reads any JSON or says what is wrong, and never breaks', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          parse(value)
        } catch (error) {
          expect(error).to.be.instanceOf(NxError)
        }
      }),
    )
  })
})

describe('toIncoming', () => {
  const context = {
    tenantId: 't',
    workspace: 'default',
    now: new Date('2026-03-05T12:00:00Z'),
    horizonMs: 1_000,
    onConflict: 'conflict',
  } as const
  const draft = parse(valid)[0]?.draft

  it('gives an event without a subject a place beside its source', () => {
    if (draft === undefined) throw new Error('no draft')
    const { event } = toIncoming({ ...draft, subject: null, source: 'https://CRM.example/eu' }, context)
    expect(event.subject).to.deep.equal({ kind: 'integration', id: 'https-crm-example-eu' })
    expect(event).to.include({
      time: '2026-03-05T12:00:00.000Z',
      rootId: event.id,
      correlationId: event.id,
      depth: 0,
    })
    expect(sourceSlug('///')).to.equal('unnamed')
  })

  it('digests the meaning: key order and time do not matter, data does', () => {
    if (draft === undefined) throw new Error('no draft')
    const digest = (change: object) => toIncoming({ ...draft, ...change }, context).digest
    expect(digest({ data: { a: 1, b: 2 } })).to.equal(
      digest({ data: { b: 2, a: 1 }, time: '2026-01-01T00:00:00.000Z' }),
    )
    expect(digest({ data: { a: 1 } })).to.not.equal(digest({ data: { a: 2 } }))
    expect(digest({})).to.not.equal(digest({ subject: { kind: 'lead', id: '43' } }))
  })
})
