import { expect } from 'chai'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { ReadSetup, all } from './read-setup.ts'
import type { Answer } from './read-setup.ts'

describe('reading to the end', () => {
  let setup: ReadSetup
  beforeEach(async () => {
    setup = await new ReadSetup().start()
  })
  afterEach(async () => await setup.stop())

  const ids = all.map(({ id }) => id)
  const counted: JsonObject = {
    pagination: { kind: 'page', items: 'items', param: 'page', size: { param: 'n', value: 10 } },
  }
  const pageOf = (url: URL): Answer => {
    const from = (Number(url.searchParams.get('page')) - 1) * 10
    return { body: { items: all.slice(from, from + 10) } }
  }

  it('is cut by its limits and goes on where it was', async () => {
    setup.vendor = pageOf
    const first = await setup.read(counted, { limits: { pagesMax: 1 } })
    expect(first).to.deep.include({ state: 'cut', why: 'pages' })
    const byItems = await setup.read(counted, { limits: { itemsMax: 15 } })
    expect(byItems).to.deep.include({ state: 'cut', why: 'items', items: 20 })
    expect(await setup.read(counted, { limits: { charactersMax: 10 } })).to.deep.include({
      state: 'cut',
      why: 'size',
    })
    expect(await setup.read(counted, { limits: { timeMs: 0 } })).to.deep.include({
      state: 'cut',
      why: 'time',
      pages: 0,
    })
    expect(await setup.read(counted, { signal: AbortSignal.abort() })).to.deep.include({
      state: 'cut',
      why: 'stopped',
    })
    if (first.state !== 'cut') throw new Error('not cut')
    const rest = await setup.read(counted, { from: JSON.parse(JSON.stringify(first.resume)) })
    expect([...first.ids, ...rest.ids]).to.deep.equal(ids)
  })

  for (const changed of ['9999-12-31T00:00:00Z', 1e300, 99_999_999_999])
    it(`is not led beyond now by an item that changed at ${changed}`, async () => {
      setup.vendor = () => ({ body: { items: [{ id: 1, changed }] } })
      const outcome = await setup.read({
        ...counted,
        incremental: { cursor: 'changed', param: { since: '{{ since }}' }, lookbackMs: 0 },
      })
      expect(outcome.state).to.equal('complete')
      const since = outcome.state === 'complete' ? Date.parse(outcome.since ?? '') : Number.NaN
      expect(since)
        .to.be.greaterThan(Date.now() - 60_000)
        .and.to.be.at.most(Date.now())
    })

  it('does not run out of stack on an answer that is nested without end', async () => {
    setup.vendor = () => ({ body: `{"items":${'['.repeat(100_000)}${']'.repeat(100_000)}}` })
    expect(await setup.read(counted)).to.have.nested.property('outcome.error.code', 'NX-CALL-ANSWER')
  })

  it('waits as long as the vendor asks, and gives up after some tries', async () => {
    let refusals = 2
    setup.vendor = (url) =>
      refusals-- > 0 ? { status: 429, headers: { 'retry-after': '3' }, body: {} } : pageOf(url)
    const outcome = await setup.read(counted)
    expect(outcome).to.deep.include({ state: 'complete', items: 25 })
    expect(outcome.waits).to.deep.equal([3_000, 3_000])
    setup.vendor = () => ({ status: 503, body: {} })
    const down = await setup.read(counted)
    expect(down.state).to.equal('failed')
    expect(down.waits).to.deep.equal([1_000, 2_000, 4_000, 8_000])
    setup.vendor = () => ({ status: 429, headers: { 'retry-after': '86400' }, body: {} })
    expect((await setup.read(counted)).waits).to.deep.equal([])
  })

  it('fails at once on refused credentials, HTML, and an answer of another shape', async () => {
    for (const [answer, code] of [
      [{ status: 401, body: {} }, 'NX-CALL-CREDENTIALS'],
      [{ body: '<html>' }, 'NX-CALL-ANSWER'],
      [{ body: { rows: [] } }, 'NX-READ-SHAPE'],
    ] as const) {
      setup.vendor = () => answer
      const outcome = await setup.read(counted)
      expect(outcome).to.have.nested.property('outcome.error.code', code)
      expect(outcome.waits).to.deep.equal([])
    }
  })

  it('reads nothing by an operation that changes something, or of a disabled integration', async () => {
    setup.vendor = pageOf
    expect(await setup.read({ effect: 'create', method: 'POST' })).to.have.nested.property(
      'outcome.error.code',
      'NX-READ-EFFECT',
    )
    expect(await setup.read(counted, {}, { mode: 'disabled' })).to.have.nested.property(
      'outcome.error.code',
      'NX-INTEGRATION-DISABLED',
    )
    expect(setup.asked).to.deep.equal([])
  })

  describe('what changed since the last time', () => {
    const changes: JsonObject = {
      ...counted,
      incremental: {
        cursor: 'changed',
        param: { updated_after: '{{ since | epoch }}' },
        lookbackMs: 120_000,
      },
    }
    it('is everything at first, and says where the next read begins', async () => {
      setup.vendor = pageOf
      expect(await setup.read(changes)).to.deep.include({
        state: 'complete',
        since: '2026-03-25T00:00:00.000Z',
      })
      expect(setup.asked[0]).to.equal('GET /items?n=10&page=1')
    })
    it('is setup.asked for from a little before what was seen last, on every page', async () => {
      setup.vendor = pageOf
      await setup.read(changes, { since: '2026-03-25T00:00:00.000Z' })
      const from = Date.parse('2026-03-24T23:58:00Z') / 1_000
      expect(
        setup.asked.map((line) => new URL(line.slice(4), 'http://x').searchParams.get('updated_after')),
      ).to.deep.equal(Array.from({ length: 3 }, () => String(from)))
    })
    it('keeps the old beginning when nothing came, and does not move it while a read is cut', async () => {
      setup.vendor = () => ({ body: { items: [] } })
      expect(await setup.read(changes, { since: '2026-03-25T00:00:00.000Z' })).to.deep.include({
        state: 'complete',
        since: null,
      })
      setup.vendor = pageOf
      const cut = await setup.read(changes, { limits: { pagesMax: 1 } })
      expect(cut).to.not.have.property('since')
      expect(cut).to.have.nested.property('resume.seen', '2026-03-10T00:00:00.000Z')
    })
    it('takes moments as text, seconds and milliseconds, and passes over what is none', async () => {
      setup.vendor = () => ({
        body: {
          items: [
            { changed: 1_772_000_000 },
            { changed: 1_772_000_001_000 },
            { changed: 'soon' },
            { changed: null },
            'odd',
          ],
        },
      })
      expect(await setup.read(changes)).to.deep.include({ since: new Date(1_772_000_001_000).toISOString() })
    })
  })
})
