import { expect } from 'chai'
import { checkAlertInput } from '../../../src/app/alerts/alert-input.ts'
import { alertRouteKind } from '../../../src/control-plane/alert-routes/alert-route-kind.ts'
import { integrationKind } from '../../../src/adapters/connectors/integration-kind.ts'
import type { DocumentKind } from '../../../src/control-plane/documents/document-kind.ts'
import { parseDocuments } from '../../../src/control-plane/documents/parse-documents.ts'
import type { Scope } from '../../../src/control-plane/documents/document.ts'
import { validateDocuments } from '../../../src/control-plane/validate/validate-documents.ts'

const kinds = [alertRouteKind(checkAlertInput), integrationKind] as readonly DocumentKind[]
const pager = `
apiVersion: neuronx/v1
kind: Integration
name: pager
connector: http
connection: { baseUrl: "https://pager.example" }
auth: { kind: none }
operations: { page: { method: POST, path: /page, effect: send, body: { text: "{{ input.text }}" } } }
channels: { page: page }
`
const route = (rest: string): string => `
---
apiVersion: neuronx/v1
kind: AlertRoute
name: on-call
${rest}
`

const tenantScope: Scope = { level: 'tenant', tenant: 'acme' }

function codesOf(yaml: string, scope: Scope = tenantScope): readonly string[] {
  const parsed = parseDocuments('all.yaml', pager + yaml, scope)
  const syntax = parsed.findings.map(({ code }) => code)
  return [...syntax, ...validateDocuments(parsed.documents, kinds).findings.map(({ code }) => code)]
}

const sends = 'send: { integration: pager, operation: page, input: { text: "{{ alert.title }}" } }'

describe('AlertRoute documents', () => {
  it('send through an operation or a channel', () => {
    expect(codesOf(route(sends))).to.deep.equal([])
    expect(codesOf(route('send: { channel: page, text: "{{ alert.detail }}" }'))).to.deep.equal([])
    const full = `match: { severities: [critical], codes: [NX-ALERT-DISK] }\n${sends}\nrepeatEvery: 4h\nresolved: true`
    expect(codesOf(route(full))).to.deep.equal([])
  })

  it('name an operation or a channel that is there', () => {
    expect(codesOf(route('send: { integration: pager, operation: ring }'))).to.have.length(1)
    expect(codesOf(route('send: { integration: nobody, operation: page }'))).to.have.length(1)
    expect(codesOf(route('send: { channel: pigeon, text: x }'))).to.have.length(1)
  })

  it('name alerts that there are', () => {
    expect(codesOf(route(`match: { codes: [NX-ALERT-DISC] }\n${sends}`))).to.deep.equal([
      'NX-ALERT-ROUTE-CODE',
    ])
  })

  it('repeat every five minutes at most', () => {
    expect(codesOf(route(`${sends}\nrepeatEvery: 1m`))).to.have.length(1)
    expect(codesOf(route(`${sends}\nrepeatEvery: often`))).to.have.length(1)
    expect(codesOf(route(`${sends}\nrepeatEvery: 5m`))).to.deep.equal([])
  })

  it('read what alerts have', () => {
    expect(
      codesOf(route('send: { integration: pager, operation: page, input: { text: "{{ alert.colour }}" } }')),
    ).to.deep.equal(['NX-TEMPLATE-UNKNOWN'])
    expect(codesOf(route('send: { channel: page, text: "{{ lead.name }}" }'))).to.deep.equal([
      'NX-TEMPLATE-UNKNOWN',
    ])
  })

  it('stand in a tenant’s folder or in global/, and only there send the installation’s alerts', () => {
    const workspace: Scope = { level: 'workspace', tenant: 'acme', workspace: 'eu' }
    expect(codesOf(route(sends), workspace)).to.deep.equal(['NX-ALERT-ROUTE-PLACE'])
    expect(codesOf(route(`${sends}\nthrough: ops`))).to.deep.equal(['NX-ALERT-ROUTE-THROUGH'])
    expect(codesOf(route(`${sends}\nthrough: ops`), { level: 'global' })).to.deep.equal([])
  })
})
