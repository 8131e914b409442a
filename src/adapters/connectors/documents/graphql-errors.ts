import type { ErrorRule } from '../define-connector.ts'

const tokenCodes = ['UNAUTHENTICATED']
const throttleCodes = ['THROTTLED', 'RATE_LIMITED', 'TOO_MANY_REQUESTS']

/**
 * What an answer of a GraphQL endpoint means: errors come with status 200. Codes are those that Apollo Server documents and that
 * others took over. An error without `data` was found before anything was carried out; beside `data`, be it null, a part of the operation may
 * have been, whatever the code says: it may be that of one field. (GraphQL, October 2021, section 7.1)
 */
export const graphqlErrors: readonly ErrorRule[] = [
  {
    when: { body: { 'errors.*.extensions.code': tokenCodes, data: { exists: true } } },
    kind: 'expired',
    says: 'A part of the operation was refused the token; the rest may have been done.',
  },
  {
    when: { body: { 'errors.*.extensions.code': tokenCodes, data: null } },
    kind: 'expired',
    says: 'A part of the operation was refused the token; the rest may have been done.',
  },
  { when: { body: { 'errors.*.extensions.code': tokenCodes } }, kind: 'expired', notExecuted: true },
  {
    when: { status: '2xx', body: { errors: { exists: true }, data: { exists: true } } },
    kind: 'partial',
    says: 'The endpoint told of errors beside data.',
  },
  {
    when: { body: { 'errors.*.extensions.code': throttleCodes, data: null } },
    kind: 'partial',
    says: 'A part of the operation was too much; the rest may have been done.',
  },
  {
    when: { body: { 'errors.*.extensions.code': throttleCodes } },
    kind: 'rate_limited',
    notExecuted: true,
  },
  {
    when: {
      body: {
        'errors.*.extensions.code': [
          'GRAPHQL_PARSE_FAILED',
          'GRAPHQL_VALIDATION_FAILED',
          'OPERATION_RESOLUTION_FAILURE',
          'BAD_REQUEST',
        ],
      },
    },
    kind: 'permanent',
    notExecuted: true,
    says: 'The endpoint does not know this query: compare `document:` with its schema.',
  },
  {
    when: { status: '2xx', body: { errors: { exists: true }, data: null } },
    kind: 'partial',
    says: 'The endpoint told of errors, and that nothing is left of the data.',
  },
  {
    when: { status: '2xx', body: { errors: { exists: true }, data: { exists: false } } },
    kind: 'permanent',
    says: 'The endpoint refused the whole operation.',
  },
  {
    when: { status: '2xx', body: { data: { exists: false } } },
    kind: 'transient',
    says: 'The answer is none of a GraphQL endpoint: it holds neither data nor errors.',
  },
]
