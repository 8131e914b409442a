import type { AnswerKind } from '../define-connector.ts'

/** The code of an error by what the answer meant. */
export const answerCodes: Readonly<Record<AnswerKind, string>> = {
  ok: 'NX-CALL-OK',
  credentials: 'NX-CALL-CREDENTIALS',
  expired: 'NX-CALL-CREDENTIALS',
  rate_limited: 'NX-CALL-RATE-LIMITED',
  quota_exhausted: 'NX-CALL-QUOTA',
  transient: 'NX-CALL-FAILED',
  partial: 'NX-CALL-PARTIAL',
  not_found: 'NX-CALL-NOT-FOUND',
  conflict: 'NX-CALL-CONFLICT',
  permanent: 'NX-CALL-REFUSED',
}

/** The same for people. */
export const answerTitles: Readonly<Record<AnswerKind, string>> = {
  ok: 'done',
  credentials: 'the credentials of the integration are not accepted',
  expired: 'the access token of the integration is not accepted',
  rate_limited: 'too many calls',
  quota_exhausted: 'the budget of the day is used up',
  transient: 'the other side failed',
  partial: 'only a part of it was done',
  not_found: 'what it is about is not there',
  conflict: 'it does not go with what is there',
  permanent: 'the other side does not take this request',
}
