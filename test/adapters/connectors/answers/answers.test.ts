import { expect } from 'chai'
import fc from 'fast-check'
import { bodyMatches, listAt, valuesAt } from '../../../../src/adapters/connectors/answers/match-body.ts'
import { afterItems, classifyAnswer } from '../../../../src/adapters/connectors/classify-answer.ts'
import type { BodyMatch, ErrorRule } from '../../../../src/adapters/connectors/define-connector.ts'
import type { JsonObject, JsonValue } from '../../../../src/kernel/json.ts'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'

const now = new Date('2026-03-05T12:00:00Z')
const body = {
  ok: false,
  errors: [{ code: 'A', extensions: { code: 'THROTTLED' } }, { code: 'B' }, 'odd'],
  none: null,
  empty: [],
  nested: [[{ x: 1 }], [{ x: 2 }]],
}

describe('paths into answers', () => {
  const cases: readonly [string, JsonValue, readonly JsonValue[]][] = [
    ['ok', body, [false]],
    ['errors.*.code', body, ['A', 'B']],
    ['errors.*.extensions.code', body, ['THROTTLED']],
    ['nested.*.*.x', body, [1, 2]],
    ['*.errorCode', [{ errorCode: 'X' }], ['X']],
    ['errors.code', body, []],
    ['ok.*', body, []],
    ['constructor', body, []],
    ['errors.length', body, []],
    ['__proto__', body, []],
    ['', 'text', ['text']],
  ]
  for (const [path, root, expected] of cases)
    it(`'${path}' finds ${JSON.stringify(expected)}`, () =>
      expect(valuesAt(root, path)).to.deep.equal(expected))

  it('find lists, and say when there is none', () => {
    expect(listAt(body, 'errors')).to.have.length(3)
    expect(listAt([1], '')).to.deep.equal([1])
    expect(listAt(body, 'nested.*')).to.have.length(2)
    expect(listAt(body, 'ok')).to.equal(null)
    expect(listAt(body, 'gone')).to.equal(null)
  })

  it('never throw, whatever came back', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('a.b', '*.a', 'a.*.b', '', '*.*'), (value, path) => {
        expect(valuesAt(value as JsonValue, path)).to.be.an('array')
      }),
    )
  })
})

describe('what is wanted of a body', () => {
  const cases: readonly [BodyMatch, boolean][] = [
    [{ ok: false }, true],
    [{ ok: true }, false],
    [{ 'errors.*.code': 'B' }, true],
    [{ 'errors.*.code': ['X', 'B'] }, true],
    [{ 'errors.*.code': ['X'] }, false],
    [{ errors: { exists: true } }, true],
    [{ none: { exists: true } }, false],
    [{ none: { exists: false } }, true],
    [{ none: null }, true],
    [{ gone: null }, false],
    [{ empty: { exists: true } }, false],
    [{ gone: { exists: false } }, true],
    [{ ok: false, gone: { exists: true } }, false],
  ]
  for (const [wanted, expected] of cases)
    it(`${JSON.stringify(wanted)} is ${expected}`, () => expect(bodyMatches(body, wanted)).to.equal(expected))

  it('a body that could not be read has nothing, and proves nothing by that', () => {
    expect(bodyMatches(undefined, { a: { exists: false } })).to.equal(false)
    expect(bodyMatches(undefined, undefined)).to.equal(true)
  })
})

describe('calls of several things', () => {
  const partial = { items: 'results', failed: { status: 'error' } }
  const of = (...states: readonly string[]) =>
    afterItems(
      classifyAnswer({ status: 200, headers: {}, body: {} }, [], now),
      { results: states.map((status) => ({ status })) },
      partial,
    )
  it('are done, refused or partial by what is told of each', () => {
    expect(of('ok', 'ok')).to.include({ kind: 'ok' })
    expect(of('ok', 'error')).to.include({ kind: 'partial', says: '1 of 2 items failed' })
    expect(of('error', 'error')).to.include({ kind: 'permanent', notExecuted: true })
    expect(of()).to.include({ kind: 'ok' })
  })
})

describe('kinds of answers', () => {
  let setup: ExecutorSetup
  let vendor: FakeVendorServer
  beforeEach(async () => {
    setup = await new ExecutorSetup().start()
    vendor = await new FakeVendorServer().start()
  })
  afterEach(async () => {
    await setup.stop()
    await vendor.stop()
  })
  const run = async (operation: 'once' | 'put', rule: JsonObject) => {
    vendor.failNext({ kind: 'status', status: 200, body: { why: 'x' } })
    const errors: readonly ErrorRule[] = [
      { when: { body: { why: 'x' } }, ...(rule as { kind: ErrorRule['kind'] }) },
    ]
    const document: JsonObject = {
      connection: { baseUrl: vendor.url },
      auth: { kind: 'none' },
      errors: errors as unknown as JsonValue,
    }
    return await setup.run(leased(operation, { lead: '42' }), setup.executor(document))
  }
  const cases: readonly [string, 'once' | 'put', JsonObject, object, string][] = [
    [
      'a day that is used up waits an hour',
      'once',
      { kind: 'quota_exhausted' },
      { state: 'parked', wholeIntegration: true, retryAfterMs: 3_600_000 },
      'NX-CALL-QUOTA',
    ],
    [
      'a day that is used up waits as told',
      'once',
      { kind: 'quota_exhausted', waitMs: 9_000 },
      { state: 'parked', retryAfterMs: 9_000 },
      'NX-CALL-QUOTA',
    ],
    [
      'a part of what may not be repeated is in doubt',
      'once',
      { kind: 'partial' },
      { state: 'unknown_outcome' },
      'NX-CALL-PARTIAL',
    ],
    [
      'a part of what may be repeated is tried again',
      'put',
      { kind: 'partial' },
      { state: 'retryable' },
      'NX-CALL-PARTIAL',
    ],
    [
      'what is not there is permanent',
      'put',
      { kind: 'not_found' },
      { state: 'permanent' },
      'NX-CALL-NOT-FOUND',
    ],
    ['a conflict is permanent', 'put', { kind: 'conflict' }, { state: 'permanent' }, 'NX-CALL-CONFLICT'],
    [
      'an expired token that cannot be got anew is refused credentials',
      'once',
      { kind: 'expired', notExecuted: true },
      { state: 'parked', wholeIntegration: true },
      'NX-CALL-CREDENTIALS',
    ],
    [
      'an expired token of what may be repeated is refused credentials, too',
      'put',
      { kind: 'expired' },
      { state: 'parked', wholeIntegration: true },
      'NX-CALL-CREDENTIALS',
    ],
    [
      'an expired token that proves nothing about a send is in doubt',
      'once',
      { kind: 'expired' },
      { state: 'unknown_outcome' },
      'NX-CALL-CREDENTIALS',
    ],
  ]
  for (const [what, operation, rule, expected, code] of cases) {
    it(what, async () => {
      const outcome = await run(operation, rule)
      expect(outcome).to.deep.include(expected)
      expect(outcome).to.have.nested.property('error.code', code)
      expect(vendor.received).to.equal(1)
    })
  }

  it('a rule says to people what to do', async () => {
    const outcome = await run('put', { kind: 'permanent', says: 'Ask Ada.' })
    expect(outcome).to.have.nested.property(
      'error.message',
      'PUT answered 200: the other side does not take this request. Ask Ada.',
    )
  })

  it('several budgets: the tightest counts, and the longest pause', async () => {
    const budget = [
      { remaining: 'x-burst', reset: { header: 'x-reset', unit: 's' } },
      { remaining: 'x-day', waitMs: 900_000 },
    ]
    const document: JsonObject = {
      connection: { baseUrl: vendor.url },
      auth: { kind: 'none' },
      budget,
      limits: { perSecond: 10 },
    }
    const after = async (headers: Record<string, string>) => {
      vendor.failNext({ kind: 'status', status: 200, headers, body: {} })
      return (await setup.run(leased('once', { lead: '1' }), setup.executor(document))).report
    }
    expect(await after({ 'x-burst': '50', 'x-day': '100' })).to.include({ remaining: null, pauseMs: null })
    expect(await after({ 'x-burst': '7', 'x-day': '3' })).to.include({ remaining: 3, pauseMs: null })
    expect(await after({ 'x-burst': '0', 'x-reset': '2', 'x-day': '5' })).to.include({
      remaining: 0,
      pauseMs: 2_000,
    })
    expect(await after({ 'x-burst': '0', 'x-reset': '2', 'x-day': '0' })).to.include({
      remaining: 0,
      pauseMs: 900_000,
    })
  })
})
