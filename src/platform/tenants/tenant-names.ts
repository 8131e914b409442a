import { NxError } from '../../kernel/errors.ts'
import { tenantSlugPattern } from './tenant.ts'

/** Words that would be mistaken for something else in a URL, a folder name or a bus subject. */
const reservedSlugs: ReadonlySet<string> = new Set([
  'admin',
  'all',
  'api',
  'default',
  'events',
  'global',
  'hooks',
  'ingest',
  'internal',
  'neuronx',
  'none',
  'null',
  'nx',
  'public',
  'request',
  'system',
  'tenant',
  'tenants',
  'undefined',
  'workspace',
  'workspaces',
])

/** The longest display name of a tenant, characters. */
export const tenantNameCharsMax = 200

/** Throws NX-TENANT-SLUG (invalid) unless the slug may be given to a tenant. */
export function requireTenantSlug(slug: string): void {
  if (!tenantSlugPattern.test(slug)) {
    throw new NxError('invalid', 'NX-TENANT-SLUG', `'${slug}' cannot be a tenant's slug`, {
      fix: 'Use 2 to 40 lower-case letters, digits and dashes, with no dash at either end.',
    })
  }
  if (reservedSlugs.has(slug)) {
    throw new NxError('invalid', 'NX-TENANT-SLUG', `'${slug}' is reserved`, { fix: 'Choose another slug.' })
  }
}

/** The name without white space around it. Throws NX-TENANT-NAME (invalid) when it is empty, too long or has control characters. */
export function requireTenantName(name: string): string {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > tenantNameCharsMax || /\p{Cc}/u.test(trimmed)) {
    throw new NxError('invalid', 'NX-TENANT-NAME', "This cannot be a tenant's name", {
      fix: `Use 1 to ${tenantNameCharsMax} characters on one line.`,
    })
  }
  return trimmed
}
