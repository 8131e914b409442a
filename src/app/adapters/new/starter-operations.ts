import type { JsonObject } from '../../../kernel/json.ts'
import type { ScaffoldAuth, ScaffoldOperation } from './scaffold.ts'
import { answerCalls } from './scaffold.ts'

const healthComment =
  'The cheapest call that needs the credentials: `adapter test` makes it. It must change nothing.'
const effectComment =
  'create and send may not happen twice: a call that nobody answered waits for a person. Where the documentation says that the system ' +
  'knows a repeat by a key, add `idempotency: { header: Idempotency-Key }`, and it is repeated. read, upsert, update and delete ' +
  'are repeated anyway: say upsert only where the second call finds what the first one made.'
const errorsComment =
  'What answers mean; the first rule that fits counts, and bodies are read before the status. Without a rule: 401 credentials, ' +
  '429 rate_limited, 408 and 5xx transient, 404 not_found, 409 conflict, other 4xx permanent. notExecuted: the system did nothing.'

const ada = { email: 'ada@example.com', first_name: 'Ada' }

/** A read and a create of a REST API, to be changed into what the system has. */
export function httpStarter(auth: ScaffoldAuth): readonly ScaffoldOperation[] {
  const health = {
    name: 'account.check',
    definition: { method: 'GET', path: '/me', effect: 'read', output: { id: '{{ answer.id }}' } },
    comments: { '': healthComment },
    calls: [
      {
        name: 'account.check reads',
        operation: 'account.check',
        with: {},
        answer: { status: 200, body: { id: 'a1' } },
        expect: { request: { method: 'GET', path: '/me' }, outcome: 'succeeded', result: { id: 'a1' } },
      },
    ],
  }
  const body = { email: '{{ input.email | trim | lower }}', firstName: '{{ input.first_name }}' }
  const create = {
    name: 'contact.create',
    definition: {
      method: 'POST',
      path: '/contacts',
      effect: 'create',
      requires: ['input.email'],
      body,
      output: { contact_id: '{{ answer.id }}' },
      errors: [
        {
          when: { body: { 'error.code': 'duplicate' } },
          kind: 'conflict',
          notExecuted: true,
          says: 'The contact is there already: update it instead.',
        },
      ],
    },
    comments: { effect: effectComment, errors: errorsComment },
    calls: createCalls(auth, {
      request: {
        method: 'POST',
        path: '/contacts',
        body: { exact: { email: 'ada@example.com', firstName: 'Ada' } },
      },
      answer: { id: 'c1' },
      refusal: { status: 422, body: { error: { code: 'duplicate' } } },
    }),
  }
  return [health, create]
}

/** The same of a GraphQL endpoint. */
export function graphqlStarter(auth: ScaffoldAuth): readonly ScaffoldOperation[] {
  const health = {
    name: 'account.check',
    definition: {
      effect: 'read',
      document: 'query { viewer { id } }',
      output: { id: '{{ answer.data.viewer.id }}' },
    },
    comments: { '': healthComment },
    calls: [
      {
        name: 'account.check reads',
        operation: 'account.check',
        with: {},
        answer: { status: 200, body: { data: { viewer: { id: 'a1' } } } },
        expect: { request: { method: 'POST' }, outcome: 'succeeded', result: { id: 'a1' } },
      },
    ],
  }
  const create = {
    name: 'contact.create',
    definition: {
      effect: 'create',
      requires: ['input.email'],
      document:
        'mutation ($email: String!, $firstName: String) { createContact(email: $email, firstName: $firstName) { id } }',
      variables: { email: '{{ input.email | trim | lower }}', firstName: '{{ input.first_name }}' },
      output: { contact_id: '{{ answer.data.createContact.id }}' },
      errors: [
        {
          when: { body: { 'errors.*.extensions.code': 'DUPLICATE', data: null } },
          kind: 'conflict',
          notExecuted: true,
          says: 'The contact is there already: update it instead.',
        },
      ],
    },
    comments: { effect: effectComment, errors: errorsComment },
    calls: createCalls(auth, {
      request: { variables: { exact: { email: 'ada@example.com', firstName: 'Ada' } } },
      answer: { data: { createContact: { id: 'c1' } } },
      refusal: { status: 200, body: { data: null, errors: [{ extensions: { code: 'DUPLICATE' } }] } },
    }),
  }
  return [health, create]
}

function createCalls(
  { auth }: ScaffoldAuth,
  {
    request,
    answer,
    refusal,
  }: { readonly request: JsonObject; readonly answer: JsonObject; readonly refusal: JsonObject },
) {
  const operation = 'contact.create'
  return [
    {
      name: 'contact.create asks for what its documentation describes',
      operation,
      with: { ...ada, email: ' Ada@Example.com ' },
      answer: { status: 201, body: answer },
      expect: { request, outcome: 'succeeded', result: { contact_id: 'c1' } },
    },
    {
      name: 'contact.create without an email is refused before anything is asked',
      operation,
      with: { first_name: 'Ada' },
      expect: { outcome: 'permanent', code: 'NX-CONNECTOR-INPUT' },
    },
    {
      name: 'contact.create of a contact that is there already is a dead letter that says so',
      operation,
      with: ada,
      answer: refusal,
      expect: { outcome: 'permanent', message: { contains: 'update it instead' } },
    },
    ...answerCalls({ name: operation, with: ada }, false, auth),
  ]
}
