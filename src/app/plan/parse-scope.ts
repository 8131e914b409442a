import { NxError } from '../../kernel/errors.ts'
import type { Scope } from '../../control-plane/documents/document.ts'

const name = '[a-z0-9][a-z0-9-]*'
const pattern = new RegExp(`^(?:tenants/)?(${name})(?:/(?:workspaces/)?(${name}))?$`)

/** `global`, `acme`, `acme/eu`, or as folders: `tenants/acme/workspaces/eu`. Throws NX-SCOPE (usage). */
export function parseScope(text: string): Scope {
  if (text === 'global') return { level: 'global' }
  const [, tenant, workspace] = pattern.exec(text.replace(/\/$/, '')) ?? []
  if (tenant === undefined) {
    throw new NxError('usage', 'NX-SCOPE', `'${text}' is not a scope`, {
      fix: 'Write global, TENANT, or TENANT/WORKSPACE.',
    })
  }
  return workspace === undefined ? { level: 'tenant', tenant } : { level: 'workspace', tenant, workspace }
}
