import { expect } from 'chai'
import { namedAuth } from '../../../../src/adapters/connectors/documents/own-connector.ts'
import { documentAuth } from '../../../../src/adapters/connectors/documents/document-fields.ts'
import { operationPath } from '../../../../src/adapters/connectors/definition/operation-schema.ts'
import { check, head } from './check-document.ts'
import { cpuMs } from '../../../support/measures/cpu-ms.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'

const clientCredentials: JsonObject = {
  kind: 'oauth2',
  grant: 'client_credentials',
  tokenUrl: 'https://login.example/token',
  clientId: 'id',
  clientSecret: { secret: 'client' },
}

describe('the path of an operation', () => {
  it('is refused in no time when it cannot be one', () => {
    const spent = cpuMs(() =>
      expect(operationPath.safeParse(`/${'{{x}}'.repeat(300)} `).success).to.equal(false),
    )
    expect(spent).to.be.lessThan(1_000)
  })
  for (const path of ['/', '/a/{{ input.id ?? entity.id }}/b', '/a{{{x}}}b', '/{x}/{{ a }}'])
    it(`may be ${path}`, () => expect(operationPath.safeParse(path).success).to.equal(true))
  for (const path of ['', 'a', '{{ a }}/b', '/a?b', '/a b', '/{{ a }} b'])
    it(`may not be '${path}'`, () => expect(operationPath.safeParse(path).success).to.equal(false))
})

describe('auth of a document', () => {
  it('shows no client certificate over plain http', () => {
    const mtls = (baseUrl: string): readonly string[] =>
      check({
        ...head,
        connector: 'http',
        connection: { baseUrl },
        auth: { kind: 'mtls', certificate: { secret: 'c' }, key: { secret: 'k' } },
        operations: { look: { method: 'GET', path: '/', effect: 'read' } },
      })
    expect(mtls('http://a.example').join()).to.contain('NX-INTEGRATION-CERTIFICATE')
    expect(mtls('https://a.example')).to.deep.equal([])
  })

  it('takes only what is a credential for one: a parameter called secret is none', () => {
    const params = { secret: 'part-of-the-request' }
    const { auth, credentials } = namedAuth(documentAuth.parse({ ...clientCredentials, params }))
    expect(auth).to.have.deep.property('params', params)
    expect(credentials).to.deep.equal({ clientId: { value: 'id' }, clientSecret: { secret: 'client' } })
  })

  for (const tokenUrl of [
    'http://localhost:80@evil.example/token',
    'http://127.0.0.1:@evil.example/token',
    'https://user:pw@login.example/token',
    'https://login.example\\@evil.example/token',
    'http://localhost.evil.example/token',
    'http://login.example/token',
  ])
    it(`gets no token at ${tokenUrl}`, () => {
      expect(documentAuth.safeParse({ ...clientCredentials, tokenUrl }).success).to.equal(false)
    })
  for (const tokenUrl of [
    'https://login.example/token',
    'https://login.example',
    'https://login.example:8443/a@b?x=1',
    'http://localhost:8080/token',
    'http://127.0.0.1/token',
  ])
    it(`gets tokens at ${tokenUrl}`, () => {
      expect(documentAuth.safeParse({ ...clientCredentials, tokenUrl }).success).to.equal(true)
    })
})
