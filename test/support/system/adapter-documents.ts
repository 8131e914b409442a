const account = 'AC00000000000000000000000000000000'

/** Integrations that commands are tried on: one of a document, one whose vendor is not there, two of vendors. */
export const adapterDocuments = (vendor: string, dead: string, publicKey: string): string => `
---
apiVersion: neuronx/v1
kind: Integration
name: pager
connector: http
connection: { baseUrl: "${vendor}" }
auth: { kind: bearer, token: { secret: pager-token } }
health: ping
operations:
  ping: { method: GET, path: /ping, effect: read }
  page: { method: POST, path: "/page/{{ entity.id }}", effect: send, body: { to: "{{ input.to }}", text: "{{ input.text }}" }, requires: [input.text] }
channels: { pager: page }
---
apiVersion: neuronx/v1
kind: Integration
name: gone
connector: http
connection: { baseUrl: "${dead}" }
auth: { kind: none }
health: ping
operations:
  ping: { method: GET, path: /ping, effect: read }
---
apiVersion: neuronx/v1
kind: Integration
name: sms
connector: twilio
connection: { accountSid: ${account}, from: '+15005550006', baseUrl: "${vendor}" }
credentials: { authToken: { secret: twilio-token } }
webhooks: { authToken: { secret: twilio-hook } }
---
apiVersion: neuronx/v1
kind: Integration
name: ghl
connector: gohighlevel
connection: { locationId: location-1, baseUrl: "${vendor}" }
channels: [whatsapp]
credentials: { accessToken: { secret: ghl-token } }
webhooks:
  ed25519PublicKey: |
${publicKey.replaceAll(/^/gm, '    ')}
---
apiVersion: neuronx/v1
kind: RuleSet
name: new-leads
rules:
  - id: tell
    on: lead.created
    then: [ { call: sink.hit, with: { lead: "{{ lead.id }}" } } ]
`
