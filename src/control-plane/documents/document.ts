import type { JsonObject } from '../../kernel/json.ts'

/** Where a document applies. Lower scopes see upper ones: global, then its tenant, then its workspace. */
export type Scope =
  | { readonly level: 'global' }
  | { readonly level: 'tenant'; readonly tenant: string }
  | { readonly level: 'workspace'; readonly tenant: string; readonly workspace: string }

/** `global`, `tenants/acme`, `tenants/acme/workspaces/eu`: the folder of a scope is its name. */
export function scopeName(scope: Scope): string {
  switch (scope.level) {
    case 'global':
      return 'global'
    case 'tenant':
      return `tenants/${scope.tenant}`
    case 'workspace':
      return `tenants/${scope.tenant}/workspaces/${scope.workspace}`
  }
}

export interface SourcePosition {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly column: number
}

/** A path into a document: keys and indexes. */
export type DocumentPath = readonly (string | number)[]

/** `['rules', 2, 'when']` prints as `rules[2].when`. */
export function pathText(path: DocumentPath): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`))
    .join('')
}

/** A document as it is stored: its content, and where each came from. */
export interface StoredDocument {
  readonly kind: string
  readonly name: string
  /** sha256 of the canonical form of `body`, hex. */
  readonly digest: string
  /** The whole document, `apiVersion`, `kind` and `name` included, as plain JSON. */
  readonly body: JsonObject
}

/** A document as it was read from a file: it can say where each of its parts stands. */
export interface SourceDocument extends StoredDocument {
  readonly scope: Scope
  /** The position of the value at `path`, or of its nearest parent that exists. `key: true`: of the key itself. */
  locate(path: DocumentPath, options?: { key?: boolean }): SourcePosition
  /**
   * The position of a character inside a scalar's text: `offset` counts in the parsed string. Exact for plain and quoted
   * single-line scalars and for block scalars; else the scalar's beginning.
   */
  locateInside(path: DocumentPath, offset: number): SourcePosition
  /** Of a merged document: the path, in the file that `locate` points into, of what stands at `path`. Left out: it is the same. */
  sourcePath?(path: DocumentPath): DocumentPath
}
