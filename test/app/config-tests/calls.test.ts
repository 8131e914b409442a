import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { testConfig } from '../../../src/app/config-tests/test-config.ts'
import { validateDirectory } from '../../../src/control-plane/validate/validate-directory.ts'
import { documentKinds } from '../../../src/app/kinds.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'

const integration = `apiVersion: neuronx/v1
kind: Integration
name: crm
connector: http
connection: { baseUrl: 'https://crm.example.com/v1' }
auth: { kind: bearer, token: { secret: crm-token } }
operations:
  contact.upsert:
    method: PUT
    path: /contacts/{{ entity.id }}
    effect: upsert
    requires: [input.email]
    query: { notify: '{{ input.notify }}' }
    body: { email: '{{ input.email | lower }}', tags: '{{ input.tags }}' }
    output: { id: '{{ answer.id }}' }
  note.add:
    method: POST
    path: /notes
    effect: create
    encode: form
    body: { text: '{{ input.text }}' }
    errors:
      - when: { body: { error: full } }
        kind: permanent
        says: The contact takes no more notes.
`

async function repository(calls: string) {
  const directory = await temporaryDirectory()
  const files = {
    'neuronx.yaml': 'apiVersion: neuronx/v1\nkind: Fleet\nname: f\n',
    'tenants/acme/crm.yaml': integration,
    'tenants/acme/tests.yaml': `apiVersion: neuronx/v1\nkind: Test\nname: crm-calls\n${calls}`,
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true })
    await writeFile(join(directory.path, name), text)
  }
  return directory
}

async function failuresOf(calls: string): Promise<readonly string[]> {
  await using directory = await repository(`calls:\n${calls}`)
  const { cases } = await testConfig(directory.path)
  return cases.flatMap(({ failures }) => failures.map(({ message, line }) => `${line}: ${message}`))
}

const upsert = `  - name: upsert
    call: crm.contact.upsert
    about: lead/42
    with: { email: ADA@example.com, notify: true }
`

describe('calls of a Test document', () => {
  it('sees the request as it would go out, secrets masked, and what the answer means', async () => {
    const failures = await failuresOf(`${upsert}    answer: { status: 200, body: { id: c1 } }
    expect:
      request:
        method: PUT
        path: /contacts/42
        query: { exact: { notify: 'true' } }
        headers: { authorization: 'Bearer [secret]', content-type: application/json }
        body: { exact: { email: ada@example.com } }
      outcome: succeeded
      result: { id: c1 }
  - name: form
    call: crm.note.add
    with: { text: 'a & b' }
    expect: { request: { method: POST, path: /notes, body: { text: 'a & b' } } }
`)
    expect(failures).to.deep.equal([])
  })

  it('knows what may be repeated: an upsert that nobody answered is, a create is not', async () => {
    const failures = await failuresOf(`${upsert}    answer: lost
    expect: { outcome: retryable }
  - name: note
    call: crm.note.add
    with: { text: hi }
    answer: lost
    expect: { outcome: unknown_outcome }
  - name: note that is refused
    call: crm.note.add
    with: { text: hi }
    answer: { status: 200, body: { error: full } }
    expect: { outcome: permanent, code: NX-CALL-REFUSED, message: { contains: takes no more notes } }
  - name: the system wants fewer calls
    call: crm.note.add
    with: { text: hi }
    answer: { status: 429, headers: { Retry-After: '7' } }
    expect: { outcome: parked, code: NX-CALL-RATE-LIMITED }
`)
    expect(failures).to.deep.equal([])
  })

  it('says at the line of the expectation what is another', async () => {
    const failures = await failuresOf(`${upsert}    answer: { status: 500 }
    expect:
      request:
        path: /contacts/43
        body: { exact: { email: ada@example.com, tags: [] } }
      outcome: succeeded
`)
    expect(failures).to.deep.equal([
      '12: path of the request is another',
      '13: body of the request is another',
      '14: The outcome is another: NX-CALL-FAILED, PUT answered 500: the other side failed',
    ])
  })

  it('says why nothing was asked', async () => {
    const without =
      '  - { name: none, call: crm.contact.upsert, with: { tags: [a] }, expect: { request: { method: PUT } } }\n'
    const [failure] = await failuresOf(without)
    expect(failure).to.match(/Nothing was asked: NX-CONNECTOR-INPUT, .*input\.email is missing/)
    const misspelt = `  - name: a misspelt input is refused
    call: crm.contact.upsert
    with: { email: ada@example.com, tag: a }
    expect: { outcome: permanent, code: NX-CONNECTOR-INPUT }
`
    expect(await failuresOf(misspelt)).to.deep.equal([])
  })

  it('stops at the first failure with bail, and is picked by a filter', async () => {
    const wrong = '  - { name: one, call: crm.note.add, expect: { request: { path: /x } } }\n'
    await using directory = await repository(`calls:\n${wrong}${wrong.replace('one', 'two')}`)
    expect((await testConfig(directory.path)).failed).to.equal(2)
    expect((await testConfig(directory.path, { bail: true })).failed).to.equal(1)
    const { cases } = await testConfig(directory.path, { filter: 'two' })
    expect(cases.map(({ name }) => name)).to.deep.equal(['crm-calls: two'])
    expect((await testConfig(directory.path, { update: 'dry-run' })).update).to.deep.include({ left: 2 })
  })

  it('is checked when the configuration is: operations that there are, and an expectation', async () => {
    const codes = async (calls: string): Promise<readonly string[]> => {
      await using directory = await repository(calls)
      const { findings } = await validateDirectory(directory.path, documentKinds)
      return findings.map(({ code, message }) => `${code} ${message}`)
    }
    const [unknown] = await codes('calls: [{ name: n, call: crm.note.ad, expect: { outcome: succeeded } }]\n')
    expect(unknown).to.match(/crm\.note\.ad/)
    expect((await codes('calls: [{ name: n, call: crm.note.add, expect: {} }]\n')).join()).to.match(
      /needs request, outcome, code, message or result/,
    )
    expect(
      (await codes('calls: [{ name: n, call: crm.note.add, expect: { result: 1 } }]\n')).join(),
    ).to.match(/needs an answer/)
    expect((await codes('')).join()).to.match(/NX-TEST-EMPTY/)
  })
})
