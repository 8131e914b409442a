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

/** What a scope sees: its own documents and those of the scopes above it, except the ones that its own stand for. */
export class ScopeView {
  readonly scope: Scope
  /** Merged with what is above where they are overlays. */
  readonly own: readonly ReadDocument[]
  readonly above: ScopeView | null
  /** Documents of the scopes above in whose place an own one stands. */
  readonly replaced: ReadonlySet<ReadDocument>
  readonly #providers = new Map<string, ReadDocument[]>()
  readonly #spaces = new Map<string, Set<string>>()
  readonly #slots = new Map<string, ReadDocument>()
  #documents: readonly ReadDocument[] | null = null

  constructor(
    scope: Scope,
    own: readonly ReadDocument[],
    above: ScopeView | null,
    replaced: ReadonlySet<ReadDocument> = new Set(),
  ) {
    this.scope = scope
    this.own = own
    this.above = above
    this.replaced = replaced
    for (const read of own) {
      if (read.slot !== null) this.#slots.set(read.slot, read)
      for (const { space, name } of read.provides) this.#add(space, name, read)
    }
  }

  /** Own documents and those above. */
  documents(): readonly ReadDocument[] {
    this.#documents ??= this.above === null ? this.own : [...this.#seen(this.above.documents()), ...this.own]
    return this.#documents
  }

  /** The document that takes a slot (a kind and name); null when it is free. */
  inSlot(slot: string): ReadDocument | null {
    return this.#slots.get(slot) ?? this.above?.inSlot(slot) ?? null
  }

  /** The documents that provide a name. */
  providers(space: string, name: string): readonly ReadDocument[] {
    const own = this.#providers.get(`${space} ${name}`) ?? []
    return this.above === null ? own : [...this.#seen(this.above.providers(space, name)), ...own]
  }

  /** All names of a space. */
  names(space: string): readonly string[] {
    const own = [...(this.#spaces.get(space) ?? [])]
    if (this.above === null) return own
    const above = this.above.names(space)
    if (this.replaced.size === 0) return [...above, ...own]
    return [...new Set([...above, ...own])].filter((name) => this.providers(space, name).length > 0)
  }

  #seen(above: readonly ReadDocument[]): readonly ReadDocument[] {
    return this.replaced.size === 0 ? above : above.filter((read) => !this.replaced.has(read))
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
