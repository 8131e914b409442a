import { expect } from 'chai'
import { compileConnector } from '../../../src/adapters/connectors/compile-connector.ts'
import { renderRequest } from '../../../src/adapters/connectors/render-request.ts'
import { gohighlevel } from '../../../src/adapters/connectors/vendors/gohighlevel.ts'
import type { JsonObject, JsonValue } from '../../../src/kernel/json.ts'
import { OpenApiCheck } from '../../support/openapi-check.ts'
import { sharedData } from '../../support/shared-data.ts'

const connector = compileConnector(gohighlevel)

/** What each operation is asked, everything it takes given once, and the least it takes. */
const golden: Readonly<Record<string, readonly JsonObject[]>> = {
  'contact.upsert': [
    {
      first_name: 'Ada',
      last_name: 'Lovelace',
      name: 'Ada Lovelace',
      email: ' Ada@Example.com',
      phone: '+1 415 866 7501',
      address: '1 St',
      city: 'London',
      state: 'LDN',
      postal_code: 'E1',
      country: 'GB',
      timezone: 'Europe/London',
      website: 'https://example.com',
      company: 'Engines',
      source: 'web',
      tags: ['hot'],
      assigned_to: 'u-1',
      custom_fields: [{ id: 'f1', key: 'budget', field_value: '9000' }],
    },
    { email: 'ada@example.com' },
  ],
  'tag.add': [{ contact_id: 'c-1', tags: ['hot'] }, { tags: 'hot' }],
  'message.send': [
    {
      channel: 'sms',
      text: 'Hi',
      to: '+14158667501',
      from_number: '+14150000000',
      attachments: 'https://example.com/a.png',
    },
    {
      channel: 'email',
      subject: 'Hi',
      html: '<p>Hi</p>',
      to: 'ada@example.com',
      template_id: 't-1',
      contact_id: 'c-1',
    },
    { channel: 'whatsapp', text: 'Hi' },
  ],
  'deal.update': [
    {
      deal_id: 'd-1',
      pipeline_id: 'p',
      stage_id: 's',
      name: 'Villa',
      status: 'won',
      value: 40,
      assigned_to: 'u-1',
    },
    { deal_id: 'd-1', status: 'open' },
  ],
}

/** Where the vendor's description is stricter than the vendor. Each must still be needed, or the test fails. */
const waivers: readonly { operation: string; problem: RegExp; why: string }[] = [
  {
    operation: 'message.send',
    problem: /^\/ must have required property 'subType'/,
    why: 'marked as required, but it exists only for custom message types (the published examples omit it)',
  },
  {
    operation: 'message.send',
    problem: /^\/ must have required property 'status'/,
    why: 'the status of a delivery, which the vendor sets for messages that it sends itself',
  },
]

function rendered(name: string, input: JsonObject) {
  const operation = connector.operations.get(name)
  if (operation === undefined) throw new Error(`No operation ${name}`)
  const request = renderRequest({
    operation,
    baseUrl: gohighlevel.baseUrl,
    input,
    connection: { locationId: 'loc-1' },
    entity: { kind: 'lead', id: 'c-42' },
    idempotencyKey: 'key',
  })
  return {
    method: request.method,
    template: operation.definition.spec?.path ?? '',
    headers: request.headers,
    query: Object.fromEntries(request.url.searchParams),
    body: request.body === null ? undefined : (JSON.parse(request.body) as JsonValue),
  }
}

describe("requests to GoHighLevel, against the vendor's OpenAPI files", () => {
  const folder = sharedData('specs/ghl/apps')
  if (folder === null) {
    it.skip('skipped: ../shared/data/specs/ghl is not here')
    return
  }
  const used = new Set<string>()

  it('compile without problems, and every operation has golden inputs', () => {
    expect(connector.problems).to.deep.equal([])
    expect(Object.keys(golden).sort()).to.deep.equal([...connector.operations.keys()].sort())
  })

  for (const [name, inputs] of Object.entries(golden)) {
    const file = connector.operations.get(name)?.definition.spec?.file
    it(`${name} conforms, closed world`, () => {
      const check = new OpenApiCheck(`${folder}/${file}.json`)
      for (const input of inputs) {
        const left = check.problems(rendered(name, input)).filter((problem) => {
          const waiver = waivers.find((one) => one.operation === name && one.problem.test(problem))
          if (waiver !== undefined) used.add(waiver.problem.source)
          return waiver === undefined
        })
        expect(left, JSON.stringify(input)).to.deep.equal([])
      }
    })
  }

  it('every waiver is still needed', () => {
    expect(waivers.filter(({ problem }) => !used.has(problem.source))).to.deep.equal([])
  })

  it('the check notices a misspelt field, a wrong version and a missing one', () => {
    const check = new OpenApiCheck(`${folder}/contacts.json`)
    const good = rendered('contact.upsert', { email: 'a@b.c' })
    expect(check.problems({ ...good, body: { ...(good.body as JsonObject), emial: 'x' } }).join()).to.contain(
      'emial',
    )
    expect(
      check.problems({ ...good, headers: { ...good.headers, version: '2020-01-01' } }).join(),
    ).to.contain('Version')
    expect(check.problems({ ...good, body: { email: 'a@b.c' } }).join()).to.contain('locationId')
  })
})
