import type { JsonObject } from '../../../kernel/json.ts'

/** Where a parameter of a read goes. In a body it is a path, like `page.after`. */
export interface ParameterPlace {
  readonly param: string
  /** Default: query. */
  readonly in?: 'query' | 'body' | undefined
}

/** How many items a page is asked to have. */
export interface PageSize extends ParameterPlace {
  readonly value: number
}

/** How a read goes on behind its first page. `items`: where in the answer the list is; '' when the answer is the list. */
export type PaginationDefinition =
  /** The answer says what to ask for next; nothing there: that was all. */
  | ({
      readonly kind: 'cursor'
      readonly items: string
      readonly next: string | { readonly header: string }
      readonly size?: PageSize | undefined
      /** A member that must be true for there to be more, for vendors that always say a cursor. */
      readonly more?: string | undefined
    } & ParameterPlace)
  /** Pages are counted. A page with fewer items than `size` is the last. */
  | ({
      readonly kind: 'page'
      readonly items: string
      /** The number of the first page, 0 or 1. */
      readonly first: number
      readonly size: PageSize
    } & ParameterPlace)
  /** Items are counted. A page with fewer items than `size` is the last. */
  | ({ readonly kind: 'offset'; readonly items: string; readonly size: PageSize } & ParameterPlace)
  /** The answer holds the address of the next page: in the Link header (rel="next"), or in the body by path. */
  | {
      readonly kind: 'link'
      readonly items: string
      readonly next: string | { readonly header: string }
      readonly size?: PageSize | undefined
    }

/** Reading only what changed since the last time. */
export interface IncrementalDefinition {
  /** In an item: when it changed. RFC 3339 text, or seconds or milliseconds since 1970. */
  readonly cursor: string
  /** Parameters of the query that say since when; templates read `since` (RFC 3339, UTC) and the roots of requests. */
  readonly param: JsonObject
  /** Asked for again, for what arrived late, milliseconds. */
  readonly lookbackMs: number
}
