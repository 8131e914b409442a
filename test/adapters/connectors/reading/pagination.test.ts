import { expect } from 'chai'
import { nextPage } from '../../../../src/adapters/connectors/reading/next-page.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { cpuMs } from '../../../support/measures/cpu-ms.ts'
import { ReadSetup, all } from './read-setup.ts'
import type { Vendor } from './read-setup.ts'

describe('reading page by page', () => {
  let setup: ReadSetup
  beforeEach(async () => {
    setup = await new ReadSetup().start()
  })
  afterEach(async () => await setup.stop())

  const ids = all.map(({ id }) => id)

  const kinds: readonly [string, JsonObject, () => Vendor, number][] = [
    [
      'cursors in the query',
      {
        pagination: {
          kind: 'cursor',
          items: 'data.records',
          next: 'paging.next',
          param: 'after',
          size: { param: 'limit', value: 10 },
        },
      },
      () => (url) => {
        const from = Number(url.searchParams.get('after') ?? 0)
        const next = from + 10 < all.length ? String(from + 10) : undefined
        return {
          body: { data: { records: all.slice(from, from + 10) }, paging: next === undefined ? {} : { next } },
        }
      },
      3,
    ],
    [
      'cursors in a body that is posted',
      {
        method: 'POST',
        body: { filter: 'x' },
        pagination: {
          kind: 'cursor',
          items: 'items',
          next: 'after',
          param: 'page.after',
          in: 'body',
          size: { param: 'page.size', in: 'body', value: 10 },
        },
      },
      () => (_url, body) => {
        const page = (body as { filter: string; page: { size: number; after?: number } }).page
        expect((body as JsonObject)['filter']).to.equal('x')
        const from = page.after ?? 0
        return {
          body: {
            items: all.slice(from, from + page.size),
            after: from + page.size < all.length ? from + page.size : null,
          },
        }
      },
      3,
    ],
    [
      'cursors with a member that says whether there is more',
      { pagination: { kind: 'cursor', items: '', next: { header: 'x-next' }, param: 'c' } },
      () => (url) => {
        const from = Number(url.searchParams.get('c') ?? 0)
        return {
          headers: from + 10 < all.length ? { 'x-next': String(from + 10) } : {},
          body: all.slice(from, from + 10),
        }
      },
      3,
    ],
    [
      'counted pages',
      {
        pagination: {
          kind: 'page',
          items: 'items',
          first: 1,
          param: 'page',
          size: { param: 'per_page', value: 10 },
        },
      },
      () => (url) => {
        const from = (Number(url.searchParams.get('page')) - 1) * 10
        return { body: { items: all.slice(from, from + 10) } }
      },
      3,
    ],
    [
      'counted items',
      { pagination: { kind: 'offset', items: 'items', param: 'startAt', size: { param: 'max', value: 5 } } },
      () => (url) => {
        const from = Number(url.searchParams.get('startAt'))
        return { body: { items: all.slice(from, from + 5) } }
      },
      6,
    ],
    [
      'the Link header',
      { pagination: { kind: 'link', items: '', next: { header: 'link' } } },
      () => (url) => {
        const from = Number(url.searchParams.get('o') ?? 0)
        const next =
          from + 10 < all.length ? `, <${setup.url}/items?o=${from + 10}>; title="a, b"; rel="x next"` : ''
        return { headers: { link: `</first>; rel="first"${next}` }, body: all.slice(from, from + 10) }
      },
      3,
    ],
    [
      'relative addresses in the body',
      { pagination: { kind: 'link', items: 'items', next: 'next_page_uri' } },
      () => (url) => {
        const from = Number(url.searchParams.get('o') ?? 0)
        return {
          body: {
            items: all.slice(from, from + 10),
            next_page_uri: from + 10 < all.length ? `/items?o=${from + 10}` : null,
          },
        }
      },
      3,
    ],
  ]
  for (const [what, operation, make, pages] of kinds) {
    it(`follows ${what}`, async () => {
      setup.vendor = make()
      const outcome = await setup.read(operation)
      expect(outcome).to.deep.include({ state: 'complete', pages, items: 25 })
      expect(outcome.ids).to.deep.equal(ids)
      expect(new Set(setup.tokens)).to.deep.equal(new Set(['Bearer s3cret']))
    })
  }

  const links = { pagination: { kind: 'link', items: 'items', next: 'next' } }
  for (const where of [
    'http://127.0.0.2:9/items',
    'https://evil.example/',
    '//evil.example/x',
    'http://user:pw@HOST/items',
    'file:///etc/passwd',
  ]) {
    it(`does not take the token to ${where}`, async () => {
      setup.vendor = () => ({ body: { items: [], next: where.replace('HOST', setup.url.slice(7)) } })
      const outcome = await setup.read(links)
      expect(outcome.state).to.equal('failed')
      expect(outcome).to.have.nested.property('outcome.error.code', 'NX-READ-LINK')
      expect(setup.asked).to.have.length(1)
    })
  }

  it('does not keep the key that the vendor writes into the address of the next page', async () => {
    const auth = { kind: 'api_key', in: 'query', name: 'key', value: { secret: 'tok' } }
    const header = { pagination: { kind: 'link', items: '', next: { header: 'link' } } }
    setup.vendor = (url) => ({
      headers: url.searchParams.has('o') ? {} : { link: `<${setup.url}/items?key=s3cret&o=1>; rel="next"` },
      body: [{ id: 1 }],
    })
    const cut = await setup.read(header, { limits: { pagesMax: 1 } }, { auth })
    expect(JSON.stringify(cut)).to.contain('o=1').and.to.not.contain('s3cret')
    if (cut.state !== 'cut') throw new Error('not cut')
    expect(await setup.read(header, { from: cut.resume }, { auth })).to.include({ state: 'complete' })
    expect(new URL(setup.asked[1]?.slice(4) ?? '', setup.url).searchParams.getAll('key')).to.deep.equal([
      's3cret',
    ])
  })

  it('reads a Link header that is made to take long in no time', () => {
    const headers = { link: '<'.repeat(1_000_000) }
    const page = { body: [], headers }
    const spent = cpuMs(() =>
      expect(
        nextPage({ kind: 'link', items: '', next: { header: 'link' } }, { kind: 'first' }, page, 0),
      ).to.equal(null),
    )
    expect(spent).to.be.lessThan(1_000)
  })

  it('notices a vendor that leads round in a circle', async () => {
    setup.vendor = (url) => ({
      body: { items: [{ id: 1 }], next: url.searchParams.get('o') === '1' ? '/items?o=2' : '/items?o=1' },
    })
    const outcome = await setup.read(links)
    expect(outcome).to.have.nested.property('outcome.error.code', 'NX-READ-LOOP')
    expect(setup.asked.length).to.be.lessThan(5)
  })
})
