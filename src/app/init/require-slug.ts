import { NxError } from '../../kernel/errors.ts'
import { tenantSlugPattern } from '../../platform/tenants/tenant.ts'

/** Of a tenant whose folder is to be written. Throws NX-INIT-TENANT (usage). */
export function requireSlug(slug: string): void {
  if (tenantSlugPattern.test(slug)) return
  throw new NxError('usage', 'NX-INIT-TENANT', `'${slug}' cannot be a tenant's slug`, {
    fix: 'A slug is 2 to 40 lower-case letters, digits and dashes, with no dash at either end.',
  })
}
