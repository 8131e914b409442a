import type { SignatureScheme } from '../signature-scheme.ts'

/**
 * The addresses that may have been signed. Twilio signs its own with or without the default port, and with the query as it was
 * configured or with every value encoded anew.
 */
export function signedUrls({ addresses }: SignatureScheme, url: string): readonly string[] {
  if (addresses === undefined) return [url]
  const parsed = URL.parse(url)
  if (parsed === null) return [url]
  const queries = [parsed.search, formQuery(parsed)]
  const origin = `${parsed.protocol}//`
  const port = parsed.port === '' ? (parsed.protocol === 'https:' ? '443' : '80') : parsed.port
  const hosts = [parsed.host, `${parsed.hostname}:${port}`, parsed.hostname]
  const all = hosts.flatMap((host) => queries.map((query) => `${origin}${host}${parsed.pathname}${query}`))
  return [...new Set([url, ...all])]
}

/** `a=b%20c` as `a=b+c`. */
function formQuery(url: URL): string {
  return url.search === '' ? '' : `?${url.searchParams.toString()}`
}

/** A parameter of the address; null when it is not there, or there more than once. */
export function queryValue(url: string, name: string): string | null {
  const values = URL.parse(url)?.searchParams.getAll(name) ?? []
  return values.length === 1 ? (values[0] ?? null) : null
}

/** Is it an address that this scheme is for? */
export function isFor({ only }: SignatureScheme, url: string): boolean {
  if (only === undefined) return true
  const has = (name: string): boolean => URL.parse(url)?.searchParams.has(name) ?? false
  return 'query' in only ? has(only.query) : !has(only.noQuery)
}
