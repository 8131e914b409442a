import { nearestName } from '../../kernel/nearest-name.ts'
import { tenantSlugPattern } from '../../platform/tenants/tenant.ts'
import type { Scope } from '../documents/document.ts'

/** The file at the root that names the fleet. */
export const fleetFile = 'neuronx.yaml'

/** What a file's place in the directory means. */
export type PathMeaning =
  | { readonly state: 'scope'; readonly scope: Scope }
  /** Not part of the configuration, and nobody would think that it is. */
  | { readonly state: 'elsewhere' }
  | { readonly state: 'misplaced'; readonly message: string; readonly fix: string }

/** Workspace slugs: lower-case letters, digits and dashes; 1 to 40. */
export const workspaceSlugPattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/

const where = 'Documents stand in global/, tenants/<slug>/ or tenants/<slug>/workspaces/<slug>/.'

/** The scope of a YAML file by its path below the root (`/` between parts). */
export function scopeOfPath(path: string): PathMeaning {
  const parts = path.split('/')
  const [top = '', tenant = '', third, workspace = ''] = parts
  if (parts.length === 1) return scopeOfRootFile(top)
  if (top === 'global') return { state: 'scope', scope: { level: 'global' } }
  if (top !== 'tenants') return scopeOfOtherFolder(top)
  if (parts.length === 2) return misplaced('The file belongs to no tenant', where)
  if (!tenantSlugPattern.test(tenant)) {
    return misplaced(
      `'${tenant}' is not a tenant's slug`,
      'A slug is 2 to 40 lower-case letters, digits and dashes, with no dash at either end.',
    )
  }
  if (third !== 'workspaces') return { state: 'scope', scope: { level: 'tenant', tenant } }
  if (parts.length === 4) return misplaced('The file belongs to no workspace', where)
  if (!workspaceSlugPattern.test(workspace)) {
    return misplaced(
      `'${workspace}' is not a workspace's slug`,
      'A slug is 1 to 40 lower-case letters, digits and dashes, with no dash at either end.',
    )
  }
  return { state: 'scope', scope: { level: 'workspace', tenant, workspace } }
}

function scopeOfRootFile(name: string): PathMeaning {
  if (name === fleetFile) return { state: 'scope', scope: { level: 'global' } }
  if (nearestName(name, [fleetFile]) === null) return { state: 'elsewhere' }
  return misplaced(`The fleet's file is called ${fleetFile}`, `Rename the file to ${fleetFile}.`)
}

function scopeOfOtherFolder(top: string): PathMeaning {
  const meant = nearestName(top, ['global', 'tenants', 'workspaces'])
  if (meant === null && top !== 'workspaces') return { state: 'elsewhere' }
  const fix = meant === null || meant === 'workspaces' ? where : `Did you mean the folder ${meant}/? ${where}`
  return misplaced(`Nothing in the folder ${top}/ is read`, fix)
}

function misplaced(message: string, fix: string): PathMeaning {
  return { state: 'misplaced', message, fix }
}
