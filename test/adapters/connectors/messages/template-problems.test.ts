import { expect } from 'chai'
import { findingsIn } from '../../../support/sales/validated.ts'

const wa = `kind: Integration
name: wa
connector: whatsapp
connection: { phoneNumberId: '100000000000002' }
credentials: { accessToken: { secret: wa-token } }
---
`
const ghl = `kind: Integration
name: ghl
connector: gohighlevel
connection: { locationId: l-1 }
credentials: { accessToken: { secret: ghl-token } }
channels: [whatsapp]
---
`
const smtp = `kind: Integration
name: mail
connector: smtp
connection: { host: mail.example.com, from: a@example.com }
---
`
const graphql = `kind: Integration
name: shop
connector: graphql
connection: { baseUrl: https://shop.example.com/graphql }
operations:
  message.send:
    effect: send
    document: 'mutation ($input: Message!) { send(input: $input) { id } }'
    variables: { input: { to: '{{ input.to }}', text: '{{ input.text }}' } }
    idempotency: { header: Idempotency-Key }
channels: { email: message.send }
---
`
const http = `kind: Integration
name: relay
connector: http
connection: { baseUrl: https://relay.example.com }
headers: { X-Subject: '{{ input.subject }}' }
operations:
  message.send:
    method: POST
    path: /mails
    effect: send
    body: { to: '{{ input.to }}', text: '{{ input.text }}' }
    idempotency: { header: Idempotency-Key }
channels: { email: message.send }
---
`
const found = (integration: string, channels: string) =>
  findingsIn(`${integration}kind: Template\nname: t\nparams: [name]\nchannels: ${channels}`)

describe('a Template and the integration that carries its messages', () => {
  it('names a template as the vendor does, with a language where it keeps several', () => {
    expect(found(wa, '{ whatsapp: { name: welcome_v3, language: en, params: [name] } }')).to.deep.equal([])
    expect(found(wa, '{ whatsapp: { name: welcome_v3 } }')).to.deep.equal([
      'NX-TEMPLATE-CHANNEL channels.whatsapp.name',
    ])
    expect(found(wa, '{ whatsapp: { name: Welcome-v3, language: en } }')).to.deep.equal([
      'NX-TEMPLATE-CHANNEL channels.whatsapp.name',
    ])
    // This vendor keeps the language with the template.
    expect(found(ghl, '{ whatsapp: { name: Welcome-v3 } }')).to.deep.equal([])
    expect(found('', '{ whatsapp: { name: Welcome-v3 } }')).to.deep.equal([])
  })

  it('says nothing that the operation has no place for', () => {
    expect(found(wa, '{ whatsapp: { text: Hi, html: <b>Hi</b> } }')).to.deep.equal([
      'NX-TEMPLATE-CHANNEL channels.whatsapp.html',
    ])
    expect(found(smtp, '{ email: { name: welcome_v3 } }')).to.deep.equal([
      'NX-TEMPLATE-CHANNEL channels.email.name',
    ])
    expect(found(smtp, '{ email: { subject: Hi, text: Hi, html: Hi } }')).to.deep.equal([])
  })

  it('asks what the operation reads when it runs: templates alone, those of all headers too', () => {
    expect(found(graphql, '{ email: { subject: Hi, text: Hi } }')).to.deep.equal([
      'NX-TEMPLATE-CHANNEL channels.email.subject',
    ])
    expect(found(http, '{ email: { subject: Hi, text: Hi } }')).to.deep.equal([])
  })

  it('says by name or by place only of parameters', () => {
    expect(found(wa, '{ whatsapp: { name: a, language: en, params: [name], by: place } }')).to.deep.equal([])
    expect(found(wa, '{ whatsapp: { name: a, language: en, by: place } }')).to.deep.equal([
      'NX-CONFIG-WRONG-VALUE channels.whatsapp.by',
    ])
  })
})
