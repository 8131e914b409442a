import {
  ghlContactWebhook,
  ghlMessageWebhook,
  ghlOpportunityWebhook,
  signGhlWebhook,
} from '../../adapters/connectors/fakes/ghl-webhooks.ts'
import type { GhlTestKeys, SignedWebhook } from '../../adapters/connectors/fakes/ghl-webhooks.ts'

/** A webhook as it is posted, and what the gateway should answer. */
export interface Delivery {
  readonly title: string
  readonly webhook: SignedWebhook
  readonly expectStatus: number
}

/** The location that config-examples/tenants/acme/integrations.yaml names. */
export const exampleLocationId = 'acme-location-1'

const people = [
  {
    id: 'c-ada',
    firstName: 'Ada',
    lastName: 'Marlow',
    country: 'AE',
    phone: '+971500000001',
    companyName: 'Marlow Engines',
    source: 'referral',
  },
  {
    id: 'c-grace',
    firstName: 'Grace',
    lastName: 'Okafor',
    country: 'US',
    phone: '+12025550123',
    source: 'facebook',
  },
  { id: 'c-ibn', firstName: 'Yusuf', lastName: 'Haddad', country: 'SA', source: 'website' },
  { id: 'c-lin', firstName: 'Lin', lastName: 'Varga', country: 'HU', source: 'import' },
]

/**
 * A morning of webhooks: contacts, their answers, a deal; two deliveries that come twice, one that cannot be mapped (its
 * contact has no id), one with a signature that is not the vendor's. Made-up people.
 */
export function deliveriesOf(keys: GhlTestKeys, now: Date): readonly Delivery[] {
  let count = 0
  const delivery = () => ({ locationId: exampleLocationId, webhookId: `quickstart-${++count}`, sentAt: now })
  const signed = (title: string, payload: Parameters<typeof signGhlWebhook>[0]): Delivery => ({
    title,
    webhook: signGhlWebhook(payload, keys),
    expectStatus: 202,
  })
  const contacts = people.map((person) =>
    signed(`ContactCreate ${person.firstName}`, ghlContactWebhook('ContactCreate', person, delivery())),
  )
  const answers = [
    signed(
      'InboundMessage from Ada',
      ghlMessageWebhook(
        'InboundMessage',
        { contactId: 'c-ada', body: 'Sounds good. What is the price?' },
        delivery(),
      ),
    ),
    signed(
      'InboundMessage from Yusuf',
      ghlMessageWebhook('InboundMessage', { contactId: 'c-ibn', body: 'STOP' }, delivery()),
    ),
    signed(
      'OpportunityCreate for Ada',
      ghlOpportunityWebhook(
        'OpportunityCreate',
        {
          id: 'd-1',
          contactId: 'c-ada',
          name: 'Yearly plan',
          monetaryValue: 12_000,
          pipelineStageId: 'stage-1',
          status: 'open',
        },
        delivery(),
      ),
    ),
  ]
  const malformed = signed('ContactCreate without an id', {
    ...ghlContactWebhook('ContactCreate', { id: '', firstName: 'No', lastName: 'Id' }, delivery()),
    id: null,
  })
  const forged: Delivery = {
    title: 'ContactCreate with a forged signature',
    webhook: forge(
      signed(
        '',
        ghlContactWebhook('ContactCreate', { id: 'c-mallory', firstName: 'M', lastName: 'M' }, delivery()),
      ).webhook,
    ),
    expectStatus: 401,
  }
  const repeats = [contacts[0], answers[0]].flatMap((again) =>
    again === undefined ? [] : [{ ...again, title: `${again.title}, again` }],
  )
  return [...contacts, ...answers, ...repeats, malformed, forged]
}

/** The same signature over another body. */
function forge({ headers, body }: SignedWebhook): SignedWebhook {
  return { headers, body: body.replace('c-mallory', 'c-mallorx') }
}
