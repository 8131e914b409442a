import type { ErrorRule } from '../define-connector.ts'

const tokenCodes = ['UNAUTHENTICATED']
const throttleCodes = ['THROTTLED', 'RATE_LIMITED', 'TOO_MANY_REQUESTS']
/** The query itself was not taken: nothing of it was carried out. */
const queryCodes = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE']

/**
 * What an answer of a GraphQL endpoint means: errors come with status 200. Codes are those that Apollo Server documents and that
 * others took over. An error without `data` was found before anything was carried out; beside `data`, be it null, a part of the operation may
 * have been, whatever the status and the code say: it may be that of one field. (GraphQL, October 2021, section 7.1) Only that the query itself
 * was not taken is believed beside null.
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
    when: { body: { errors: { exists: true }, data: { exists: true } } },
    kind: 'partial',
    says: 'The endpoint told of errors beside data.',
  },
  {
    when: { body: { 'errors.*.extensions.code': [...throttleCodes, 'BAD_REQUEST'], data: null } },
    kind: 'partial',
    says: 'A part of the operation was refused; the rest may have been done.',
  },
  {
    when: { body: { 'errors.*.extensions.code': throttleCodes } },
    kind: 'rate_limited',
    notExecuted: true,
  },
  {
    when: { body: { 'errors.*.extensions.code': [...queryCodes, 'BAD_REQUEST'] } },
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
