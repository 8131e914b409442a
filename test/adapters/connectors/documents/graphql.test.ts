import { expect } from 'chai'
import { FakeVendorServer } from '../../../../src/adapters/connectors/fakes/fake-vendor-server.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { cpuMs } from '../../../support/measures/cpu-ms.ts'
import { ExecutorSetup, leased } from '../executor-setup.ts'
import { check, head } from './check-document.ts'

const graphql: JsonObject = {
  ...head,
  connector: 'graphql',
  connection: { baseUrl: 'https://api.example.com/graphql' },
  operations: {
    'lead.get': {
      effect: 'read',
      document: 'query Lead($id: ID!) { lead(id: $id) { name } }',
      variables: { id: '{{ input.id }}' },
      output: { name: '{{ answer.data.lead.name }}' },
    },
    'lead.create': {
      effect: 'create',
      document:
        '# mutation of nothing\nmutation ($name: String!, $tags: [String!] = []) { createLead(name: $name, tags: $tags, note: "query { x }") { id } }',
      variables: { name: '{{ input.name }}' },
      output: { id: '{{ answer.data.createLead.id }}' },
    },
  },
}

const changed = (document: JsonObject, operation: string, change: JsonObject): JsonObject => ({
  ...document,
  operations: {
    ...(document['operations'] as JsonObject),
    [operation]: { ...((document['operations'] as JsonObject)[operation] as JsonObject), ...change },
  },
})

describe('connector: graphql', () => {
  it('takes queries and mutations', () => expect(check(graphql)).to.deep.equal([]))
  const refused: readonly [string, JsonObject, RegExp][] = [
    [
      'a mutation that calls itself a read',
      changed(graphql, 'lead.create', { effect: 'read' }),
      /lead\.create.*effect: A mutation does not have the effect 'read'/,
    ],
    [
      'a mutation hidden behind a query in a comment',
      changed(graphql, 'lead.get', { document: '# query\nmutation($id: ID!) { x(id: $id) { y } }' }),
      /A mutation does not/,
    ],
    [
      'a query that calls itself a send',
      changed(graphql, 'lead.get', { effect: 'send' }),
      /A query does not/,
    ],
    [
      'two operations',
      changed(graphql, 'lead.get', { document: 'query A { a } mutation B { b }', variables: {} }),
      /one query or one mutation/,
    ],
    [
      'a subscription',
      changed(graphql, 'lead.get', { document: 'subscription { a }' }),
      /one query or one mutation/,
    ],
    [
      'no operation',
      changed(graphql, 'lead.get', { document: 'fragment A on B { c }' }),
      /one query or one mutation/,
    ],
    [
      'a variable that is not declared',
      changed(graphql, 'lead.get', { variables: { id: 'x', nme: 'y' } }),
      /variables\.nme: The document declares no variable \$nme/,
    ],
    [
      'a variable that is needed and missing',
      changed(graphql, 'lead.create', { variables: {} }),
      /needs the variable \$name/,
    ],
    [
      'a template that cannot be',
      changed(graphql, 'lead.get', { variables: { id: '{{ lead.id }}' } }),
      /NX-TEMPLATE operations.*variables\.id/,
    ],
    [
      'a mutation behind a comma',
      changed(graphql, 'lead.get', { document: ', mutation($id: ID!) { x(id: $id) { y } }' }),
      /A mutation does not/,
    ],
    [
      'a mutation in a line that only we take for a comment',
      changed(graphql, 'lead.get', { document: '#\rmutation { deleteAll,\n a: b { c } }', variables: {} }),
      /A mutation does not/,
    ],
    [
      'a word that is no kind of operation',
      changed(graphql, 'lead.get', { document: 'mutation_x { a }', variables: {} }),
      /one query or one mutation/,
    ],
    ['a path', changed(graphql, 'lead.get', { path: '/x' }), /path/],
  ]
  for (const [what, body, message] of refused)
    it(`refuses ${what}`, () => expect(check(body).join('\n')).to.match(message))

  it('is read in no time, whatever stands in it', () => {
    const spent = cpuMs(() => {
      for (const filler of [' ', '\r', ',', '#', '"', '{', '$a:', '[', 'a '])
        check(
          changed(graphql, 'lead.get', { document: `query($a: ID!${filler.repeat(45_000 / filler.length)}` }),
        )
    })
    expect(spent).to.be.lessThan(2_000)
  })

  describe('against an endpoint', () => {
    let setup: ExecutorSetup
    let vendor: FakeVendorServer
    beforeEach(async () => {
      setup = await new ExecutorSetup().start()
      vendor = await new FakeVendorServer().start()
    })
    afterEach(async () => {
      await setup.stop()
      await vendor.stop()
    })
    const run = async (operation: string, input: JsonObject, answer: JsonObject, status = 200) => {
      vendor.failNext({ kind: 'status', status, body: answer })
      const document = { ...graphql, name: 'sink', connection: { baseUrl: `${vendor.url}/graphql` } }
      return await setup.run(leased(operation, input), setup.executorOf(document))
    }
    it('sends the text as it stands, and what a lead wrote as a variable only', async () => {
      const name = '"}) { id } } mutation { deleteAll { id '
      const outcome = await run('lead.create', { name }, { data: { createLead: { id: '7' } } })
      expect(outcome).to.deep.include({ state: 'succeeded', result: { id: '7' } })
      const text = ((graphql['operations'] as JsonObject)['lead.create'] as JsonObject)['document']
      expect(vendor.calls[0]).to.deep.include({
        method: 'POST',
        path: '/graphql',
        body: { query: text, variables: { name } },
      })
    })
    const created = { createLead: { id: '7' } }
    const cases: readonly [string, string, JsonObject, object, string][] = [
      [
        'errors without data: refused',
        'lead.create',
        { errors: [{ message: 'no' }] },
        { state: 'permanent' },
        'NX-CALL-REFUSED',
      ],
      [
        'errors beside data of a mutation: in doubt',
        'lead.create',
        { errors: [{ message: 'no' }], data: created },
        { state: 'unknown_outcome' },
        'NX-CALL-PARTIAL',
      ],
      [
        'errors and data that is null: in doubt',
        'lead.create',
        { errors: [{ message: 'no' }], data: null },
        { state: 'unknown_outcome' },
        'NX-CALL-PARTIAL',
      ],
      [
        'errors beside data of a query: tried again',
        'lead.get',
        { errors: [{ message: 'no' }], data: { lead: null } },
        { state: 'retryable' },
        'NX-CALL-PARTIAL',
      ],
      [
        'a query that does not fit: refused',
        'lead.create',
        { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }], data: null },
        { state: 'permanent' },
        'NX-CALL-REFUSED',
      ],
      [
        'throttling: parked',
        'lead.create',
        { errors: [{ extensions: { code: 'THROTTLED' } }] },
        { state: 'parked', wholeIntegration: true },
        'NX-CALL-RATE-LIMITED',
      ],
      [
        'refused credentials: parked',
        'lead.create',
        { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
        { state: 'parked', wholeIntegration: true },
        'NX-CALL-CREDENTIALS',
      ],
    ]
    for (const code of ['UNAUTHENTICATED', 'THROTTLED', 'BAD_REQUEST', 'GRAPHQL_VALIDATION_FAILED'])
      it(`leaves a mutation in doubt whose part says ${code} beside data`, async () => {
        const answer = { errors: [{ extensions: { code } }], data: created }
        for (const status of [200, 400, 429, 500])
          expect((await run('lead.create', { name: 'Ada' }, answer, status)).state, `${status}`).to.equal(
            'unknown_outcome',
          )
      })
    for (const code of ['UNAUTHENTICATED', 'THROTTLED', 'BAD_REQUEST'])
      it(`leaves a mutation in doubt that says ${code} and that nothing is left of the data`, async () => {
        const answer = { errors: [{ extensions: { code } }], data: null }
        expect((await run('lead.create', { name: 'Ada' }, answer)).state).to.equal('unknown_outcome')
      })
    for (const answer of [{}, { message: 'moved' }, { data: null }, [], 'It works!', ''])
      it(`does not take ${JSON.stringify(answer)} for done`, async () => {
        const noOutput = changed(graphql, 'lead.create', { output: undefined })
        vendor.failNext({ kind: 'status', status: 200, body: answer })
        const document = { ...noOutput, name: 'sink', connection: { baseUrl: `${vendor.url}/graphql` } }
        const outcome = await setup.run(
          leased('lead.create', { name: 'Ada' }, { repeatable: 'no' }),
          setup.executorOf(document),
        )
        expect(outcome.state).to.equal('unknown_outcome')
      })
    for (const [what, operation, answer, expected, code] of cases)
      it(`takes ${what}`, async () => {
        const outcome = await run(operation, operation === 'lead.get' ? { id: '1' } : { name: 'Ada' }, answer)
        expect(outcome).to.deep.include(expected)
        expect(outcome).to.have.nested.property('error.code', code)
      })
    it('an empty list of errors is none', async () => {
      expect(
        (await run('lead.get', { id: '1' }, { errors: [], data: { lead: { name: 'Ada' } } })).state,
      ).to.equal('succeeded')
    })
  })
})
