import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { ReadDocument } from './read-document.ts'

/** The scopes that one sees, from global down to itself. */
export function scopeChain(scope: Scope): readonly Scope[] {
  const global: Scope = { level: 'global' }
  if (scope.level === 'global') return [global]
  const tenant: Scope = { level: 'tenant', tenant: scope.tenant }
  return scope.level === 'tenant' ? [global, tenant] : [global, tenant, scope]
}

/** All scopes of a directory: those given, their parents, and global; in the order global, tenants by name with their workspaces. */
export function allScopes(scopes: readonly Scope[]): readonly Scope[] {
  const global: Scope = { level: 'global' }
  const byName = new Map([global, ...scopes].flatMap(scopeChain).map((scope) => [scopeName(scope), scope]))
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, scope]) => scope)
}

/** What a scope sees: its own documents and those of the scopes above it. */
export class ScopeView {
  readonly scope: Scope
  readonly own: readonly ReadDocument[]
  readonly above: ScopeView | null
  readonly #providers = new Map<string, ReadDocument[]>()
  readonly #spaces = new Map<string, Set<string>>()

  constructor(scope: Scope, own: readonly ReadDocument[], above: ScopeView | null) {
    this.scope = scope
    this.own = own
    this.above = above
    for (const read of own) for (const { space, name } of read.provides) this.#add(space, name, read)
  }

  /** Own documents and those above. */
  documents(): readonly ReadDocument[] {
    return this.above === null ? this.own : [...this.above.documents(), ...this.own]
  }

  /** The documents that provide a name. */
  providers(space: string, name: string): readonly ReadDocument[] {
    const own = this.#providers.get(`${space} ${name}`) ?? []
    return this.above === null ? own : [...this.above.providers(space, name), ...own]
  }

  /** All names of a space. */
  names(space: string): readonly string[] {
    const own = [...(this.#spaces.get(space) ?? [])]
    return this.above === null ? own : [...this.above.names(space), ...own]
  }

  #add(space: string, name: string, read: ReadDocument): void {
    const key = `${space} ${name}`
    const providers = this.#providers.get(key)
    if (providers === undefined) this.#providers.set(key, [read])
    else providers.push(read)
    const names = this.#spaces.get(space)
    if (names === undefined) this.#spaces.set(space, new Set([name]))
    else names.add(name)
  }
}
