import { isJsonObject, withPath } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { valuesAt } from '../answers/match-body.ts'
import type { PageAsk } from '../calls/read-page.ts'
import type { PaginationDefinition, ParameterPlace } from '../definition/reading-definition.ts'

/** Where a read stands: what is to be asked for next. Plain data, so that it can be kept. */
export type PageToken =
  | { readonly kind: 'first' }
  | { readonly kind: 'cursor'; readonly value: string | number }
  /** Pages or items so far. */
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'link'; readonly url: string }

type Page = { readonly body: JsonValue; readonly headers: Readonly<Record<string, string>> }

/** What the call for a page adds to the operation's own request. */
export function pageParameters(
  pagination: PaginationDefinition | undefined,
  token: PageToken,
): Pick<PageAsk, 'more' | 'link'> {
  if (pagination === undefined) return {}
  if (token.kind === 'link') return { link: token.url }
  let query: JsonObject = {}
  let body: JsonObject = {}
  const put = ({ param, in: where }: ParameterPlace, value: JsonValue): void => {
    if (where === 'body') body = withPath(body, param, value)
    else query = { ...query, [param]: value }
  }
  if (pagination.size !== undefined) put(pagination.size, pagination.size.value)
  if (pagination.kind === 'page') put(pagination, token.kind === 'count' ? token.value : pagination.first)
  if (pagination.kind === 'offset') put(pagination, token.kind === 'count' ? token.value : 0)
  if (pagination.kind === 'cursor' && token.kind === 'cursor') put(pagination, token.value)
  return { more: { query, ...(Object.keys(body).length === 0 ? {} : { body }) } }
}

/** What comes behind a page; null: nothing does. */
export function nextPage(
  pagination: PaginationDefinition | undefined,
  token: PageToken,
  page: Page,
  itemCount: number,
): PageToken | null {
  switch (pagination?.kind) {
    case undefined:
      return null
    case 'page': {
      const here = token.kind === 'count' ? token.value : pagination.first
      return itemCount < pagination.size.value ? null : { kind: 'count', value: here + 1 }
    }
    case 'offset': {
      const here = token.kind === 'count' ? token.value : 0
      return itemCount < pagination.size.value ? null : { kind: 'count', value: here + itemCount }
    }
    case 'cursor': {
      const { more } = pagination
      if (more !== undefined && !valuesAt(page.body, more).includes(true)) return null
      const value = said(pagination.next, page)
      return value === null ? null : { kind: 'cursor', value }
    }
    case 'link': {
      const value = said(pagination.next, page)
      return typeof value === 'string' ? { kind: 'link', url: value } : null
    }
  }
}

/** What the answer says comes next: text or a number that is there. */
function said(next: string | { readonly header: string }, { body, headers }: Page): string | number | null {
  if (typeof next !== 'string') {
    const text = headers[next.header]
    return text === undefined ? null : next.header === 'link' ? relNext(text) : text === '' ? null : text
  }
  const [value] = valuesAt(body, next)
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? value : null
}

/** The address with rel="next" of a Link header (RFC 8288). */
function relNext(header: string): string | null {
  for (const [, url, parameters = ''] of header.matchAll(
    /<([^<>]*)>((?:\s*;\s*[\w-]+=(?:"[^"]*"|[^\s;,]*))*)/g,
  )) {
    const relations = /;\s*rel=(?:"([^"]*)"|([^\s;,]*))/i.exec(parameters)
    const names = (relations?.[1] ?? relations?.[2] ?? '').toLowerCase().split(/\s+/)
    if (url !== undefined && names.includes('next')) return url
  }
  return null
}

/** `Thu, 24 Aug 2023 05:01:45 +0000` (RFC 2822). */
const mailDate = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} [+-]\d{4}$/

/** The moment in a cursor member: RFC 3339 or 2822 text, or seconds or milliseconds since 1970; null when it is none. */
export function momentOfItem(item: JsonValue, path: string): number | null {
  const [value] = isJsonObject(item) ? valuesAt(item, path) : []
  if (typeof value === 'number' && Number.isFinite(value) && value > 0)
    // Seconds reach 10^11 in the year 5138, milliseconds did in 1973.
    return value < 1e11 ? value * 1_000 : value
  if (typeof value === 'string' && mailDate.test(value)) return Date.parse(value)
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}/.test(value)) return null
  // A moment without a zone is the vendor's UTC.
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/i.test(value) || value.length === 10 ? value : `${value}Z`
  const ms = Date.parse(zoned)
  return Number.isNaN(ms) ? null : ms
}
