import { expect } from 'chai'
import { valuesAt } from '../../../src/adapters/connectors/answers/match-body.ts'
import { jsonPath } from '../../../src/adapters/connectors/definition/schema-parts.ts'
import { momentOfItem, nextPage } from '../../../src/adapters/connectors/reading/next-page.ts'
import { conditionsOf } from '../../../src/platform/alerts/conditions-of.ts'
import type { GateFacts } from '../../../src/platform/alerts/installation-facts.ts'
import { soundFacts } from '../../support/alerts/installation-facts.ts'

describe('what polls read by', () => {
  it('finds the link of a page whose name has a dot, when the path says so', () => {
    const body = { '@odata.nextLink': 'https://graph/2', '@odata': { nextLink: 'wrong' }, '*': 1 }
    expect(valuesAt(body, String.raw`@odata\.nextLink`)).to.deep.equal(['https://graph/2'])
    expect(valuesAt(body, '@odata.nextLink')).to.deep.equal(['wrong'])
    expect(valuesAt(body, String.raw`\*`)).to.deep.equal([1])
    const link = { kind: 'link', items: 'value', next: String.raw`@odata\.nextLink` } as const
    expect(nextPage(link, { kind: 'first' }, { body, headers: {} }, 1)).to.deep.equal({
      kind: 'link',
      url: 'https://graph/2',
    })
  })

  it('takes such paths in documents, and none that end in the middle of an escape', () => {
    expect(jsonPath.safeParse(String.raw`@odata\.nextLink`).success).to.equal(true)
    expect(jsonPath.safeParse(`odata${String.raw`\x`}`).success).to.equal(false)
    expect(jsonPath.safeParse('odata\\').success).to.equal(false)
  })

  it('reads moments as mail writes them', () => {
    const item = { date_sent: 'Thu, 24 Aug 2023 05:01:45 +0000' }
    expect(momentOfItem(item, 'date_sent')).to.equal(Date.parse('2023-08-24T05:01:45Z'))
  })

  it('tells somebody when polls fail for long, and when they find much', () => {
    const common = {
      tenantId: '00000000-0000-0000-0000-00000000000a',
      integration: 'ghl',
      stream: 'contacts',
    }
    const seen = { slugOf: () => 'acme', unownedMs: new Map<number, number>(), consumersAhead: [] }
    const codes = (facts: { failingMs: number | null; code: string | null; missed: number }) =>
      conditionsOf(soundFacts({ reconciles: [{ ...common, ...facts }] }), seen).map(({ code }) => code)
    expect(codes({ failingMs: 3_600_000, code: 'NX-CALL-FAILED', missed: 0 })).to.deep.equal([
      'NX-ALERT-RECONCILE',
    ])
    expect(codes({ failingMs: null, code: null, missed: 10 })).to.deep.equal(['NX-ALERT-WEBHOOKS-LOST'])
    expect(codes({ failingMs: 60_000, code: 'NX-CALL-FAILED', missed: 9 })).to.deep.equal([])
    const shut = { ...common, failingMs: 3_600_000, code: 'NX-READ-SHUT', missed: 0 }
    const gate = { ...common, breaker: 'open' as const, reason: 'NX-INTEGRATION-OFF', shutMs: 3_600_000 }
    const beside = (closedGates: readonly GateFacts[], code = shut.code) =>
      conditionsOf(soundFacts({ reconciles: [{ ...shut, code }], closedGates }), seen).map((one) => one.code)
    expect(beside([gate])).to.deep.equal(['NX-ALERT-BREAKER-OPEN'])
    expect(beside([gate], 'NX-CALL-FAILED')).to.include('NX-ALERT-RECONCILE')
    expect(beside([{ ...gate, integration: 'other' }])).to.include('NX-ALERT-RECONCILE')
    expect(beside([{ ...gate, breaker: 'closed' }])).to.deep.equal(['NX-ALERT-RECONCILE'])
  })
})
