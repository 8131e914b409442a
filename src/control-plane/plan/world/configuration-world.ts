import type { Scope, SourceDocument } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import { scopeChain } from '../../validate/scope-view.ts'

/** One scope of a configuration. */
export interface WorldScope {
  readonly scope: Scope
  /** Of its revision; null: nothing was ever applied there. */
  readonly digest: string | null
  readonly documents: readonly SourceDocument[]
}

/** A whole configuration: every scope that has a revision, by its name. */
export type World = ReadonlyMap<string, WorldScope>

/** Those scopes, by name. */
export function worldOf(scopes: Iterable<WorldScope>): World {
  return new Map([...scopes].map((one) => [scopeName(one.scope), one]))
}

/** A place where events are decided: a tenant's workspace, with the scopes that it sees. */
export interface Workspace {
  readonly name: string
  readonly tenant: string
  readonly workspace: string
  /** From global down; the last one may be in neither world. */
  readonly chain: readonly Scope[]
}

/** The workspace that every tenant has. */
const defaultWorkspace = 'default'

/** All workspaces of these tenants, and those that the worlds know, by tenant and name. */
export function workspacesOf(worlds: readonly World[], tenants: readonly string[]): readonly Workspace[] {
  const found = new Map<string, Workspace>()
  const add = (tenant: string, workspace: string): void => {
    const scope: Scope = { level: 'workspace', tenant, workspace }
    const name = `${tenant}/${workspace}`
    if (!found.has(name)) found.set(name, { name, tenant, workspace, chain: scopeChain(scope) })
  }
  for (const tenant of tenants) add(tenant, defaultWorkspace)
  for (const world of worlds) {
    for (const { scope } of world.values()) {
      if (scope.level === 'tenant') add(scope.tenant, defaultWorkspace)
      if (scope.level === 'workspace') add(scope.tenant, scope.workspace)
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Is a workspace in this scope or below it? */
export function isBelow(workspace: Workspace, scope: string): boolean {
  return workspace.chain.some((one) => scopeName(one) === scope)
}
