import { z } from 'zod'
import { parseDuration } from '../../../kernel/duration.ts'

export const operationName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*){0,3}$/, {
    error: 'must be lower-case words joined by dots, like contact.upsert',
  })
  .max(63)

export const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, { error: 'must be a lower-case word, like sms' })

function isFree(name: string): boolean {
  return !['host', 'content-length', 'transfer-encoding', 'connection'].includes(name.toLowerCase())
}
const notFree = { error: 'is set by the HTTP client itself' }

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be a header name: letters, digits and dashes' })
  .refine(isFree, notFree)

/** Of a header or a parameter that holds a key: `api_key` is the usual one. */
export const keyName = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z0-9._-]{1,64}$/, {
    error: 'must be a name: letters, digits, dashes, underscores, dots',
  })
  .refine(isFree, notFree)

export const templateText = z.string().max(20_000)
export const templateObject = z.record(z.string().max(200), z.json())

/** A path into JSON: `errors.code`, and with `*` into lists: `errors.*.code`. `\.` is a dot in a name: `@odata\.nextLink`. */
export const jsonPath = z
  .string()
  .max(200)
  .regex(/^((?:[^.\\]|\\[.*\\])+(?:\.(?:[^.\\]|\\[.*\\])+)*)?$/, {
    error: 'must be a path like errors.*.code; a dot in a name is \\.',
  })

/** A secret by name. Anything that looks like the secret itself is refused. */
export const secretRef = z.strictObject(
  {
    secret: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'must be the name of a secret' }),
  },
  {
    error: 'must be { secret: NAME }: secrets are stored with `neuronx secret set`, never written into files',
  },
)

export const duration = (fromMs: number, toMs: number, range: string) =>
  z.string().refine((text) => durationWithin(text, fromMs, toMs), {
    error: `must be a duration from ${range}, like 15s`,
  })

function durationWithin(text: string, fromMs: number, toMs: number): boolean {
  try {
    const ms = parseDuration(text)
    return ms >= fromMs && ms <= toMs
  } catch {
    return false
  }
}

export const baseUrl = z.string().refine(isBaseUrl, {
  error: 'must be an http or https address without user, query or fragment, like https://api.example.com/v1',
})

/** Is it an address below which operations can stand? */
export function isBaseUrl(text: string, protocols: readonly string[] = ['http:', 'https:']): boolean {
  const url = URL.parse(text)
  if (url === null || url.hostname === '' || !protocols.includes(url.protocol)) return false
  // Spaces and line ends would be passed over by the URL, and stand in the document.
  return url.username === '' && url.password === '' && !/[?#{}\s\\\p{Cc}]/u.test(text)
}

/** Where tokens come from: never over plain http, except on this machine. */
export const tokenUrl = z
  .string()
  .max(2_000)
  // Without '@' before the path: http://localhost:80@evil.example is evil.example.
  .regex(/^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost)(?=[:/])|\{\{)[^\s#@\\/?]*([/?][^\s#]*)?$/, {
    error: 'must be an https address without a user',
  })
