import { z } from 'zod'

const listenPattern = /^(\[[0-9a-f:]+\]|[^\s:[\]]+):\d{1,5}$/i
const text = (max: number) => z.string().min(1).max(max)
const url = (protocols: readonly string[]) =>
  text(2_048).refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  })

export const databaseUrlSchema = url(['postgres:', 'postgresql:'])

/** One URL, or several of one cluster separated by commas. */
export const natsUrlSchema = text(2_048).refine(
  (value) =>
    value
      .split(',')
      .every((part) => URL.canParse(part.trim()) && /^(nats|tls|wss?):$/.test(new URL(part.trim()).protocol)),
  {
    error: 'must be a URL that begins with nats://, tls://, ws:// or wss://, or several separated by commas',
  },
)

/** `host:port`, `[::1]:port`; port 0 takes a free one. */
export const listenSchema = text(256)
  .regex(listenPattern, { error: 'must be host:port, such as 127.0.0.1:8080' })
  .transform((value) => {
    const colon = value.lastIndexOf(':')
    return { host: value.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(value.slice(colon + 1)) }
  })
  .refine(({ port }) => port <= 65_535, { error: 'has a port above 65535' })

export const logLevelSchema = z.enum(['debug', 'info', 'warn', 'error'])
export const pathSchema = text(4_096)
export const tenantSchema = text(40).regex(/^[a-z0-9][a-z0-9-]{0,38}[a-z0-9]$/, {
  error: 'must be a tenant slug: 2 to 40 lower-case letters, digits and dashes',
})

/** An address without user, path, query or fragment. */
export const publicUrlSchema = text(2_048).refine(isOrigin, {
  error:
    'must be the address of the gateway as vendors reach it, without a path, such as https://hooks.example.com',
})

function isOrigin(value: string): boolean {
  const parsed = URL.parse(value)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return false
  return parsed.username === '' && parsed.password === '' && /^https?:\/\/[^/?#]+\/?$/i.test(value)
}
