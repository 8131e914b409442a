import { NxError, errorText } from '../../kernel/errors.ts'
import type { ErrorKind } from '../../kernel/errors.ts'
import { RetryLater } from '../../messaging/intake/retry-later.ts'
import { z } from 'zod'

export const problemType = 'application/problem+json'

/** An error as RFC 9457 states it, with our code, place and fix. */
export const problemSchema = z.object({
  type: z.string().describe('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable: NX-…'),
  detail: z.string().optional(),
  path: z.string().optional().describe('Where in the request.'),
  fix: z.string().optional(),
  idempotency: z
    .object({ key: z.string(), firstIds: z.array(z.string()), firstDigest: z.string(), digest: z.string() })
    .optional()
    .describe('The Idempotency-Key that was used before, for another body.'),
  conflicts: z
    .array(
      z.object({
        source: z.string(),
        id: z.string(),
        firstId: z.string(),
        firstDigest: z.string(),
        digest: z.string(),
      }),
    )
    .optional(),
})

export type ProblemBody = z.output<typeof problemSchema>

const statusOfKind: Readonly<Record<ErrorKind, number>> = {
  usage: 400,
  invalid: 400,
  not_found: 404,
  conflict: 409,
  unauthenticated: 401,
  denied: 403,
  unreachable: 503,
  unavailable: 503,
  timeout: 503,
  configuration: 500,
  io: 500,
  bug: 500,
}

const statusOfCode: Readonly<Record<string, number>> = {
  'NX-EVENT-TOO-LARGE': 413,
  'NX-EVENT-BATCH-SIZE': 413,
  'NX-INTAKE-TOO-LARGE': 413,
  'NX-HTTP-TOO-LARGE': 413,
  'NX-EVENT-CONTENT-TYPE': 415,
  'NX-HTTP-ENCODING': 415,
  'NX-HTTP-METHOD': 405,
  'NX-HTTP-TIMEOUT': 408,
  'NX-HTTP-HEADERS': 431,
  'NX-INTAKE-BUSY': 429,
  'NX-INTAKE-RATE': 429,
  'NX-HTTP-BUSY': 429,
  'NX-HTTP-BYTES': 429,
}

/** How an error is told to a client. What is ours to repair is named by its code only: its text may hold what is nobody's business. */
export function toProblem(error: unknown): ProblemBody {
  const nx =
    error instanceof NxError
      ? error
      : new NxError('bug', 'NX-HTTP-INTERNAL', errorText(error), { cause: error })
  const status = statusOfCode[nx.code] ?? statusOfKind[nx.kind]
  const base = { type: 'about:blank', status, code: nx.code }
  if (status >= 500) {
    const away = status === 503
    return {
      ...base,
      title: away ? 'The service cannot take this now' : 'Something broke on our side',
      fix: away
        ? nx instanceof RetryLater && nx.fix !== undefined
          ? nx.fix
          : // A commit whose answer was lost may have happened.
            'Send it again after the time in Retry-After, with the same id or Idempotency-Key: if it was stored, the repeat has no effect.'
        : 'Report the code with the time of the request.',
    }
  }
  return {
    ...base,
    title: nx.message,
    ...(nx.detail === undefined ? {} : { detail: nx.detail }),
    ...(nx.where?.path === undefined || nx.where.path === '' ? {} : { path: nx.where.path }),
    ...(nx.fix === undefined ? {} : { fix: nx.fix }),
  }
}
