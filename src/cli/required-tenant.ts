import type { Settings } from '../app/config/settings.ts'
import { NxError } from '../kernel/errors.ts'

/** The tenant's slug of the settings (flag, environment or file). Throws NX-TENANT-REQUIRED (usage) when there is none. */
export function requiredTenant(settings: Pick<Settings, 'tenant'>): string {
  if (settings.tenant !== null) return settings.tenant
  throw new NxError('usage', 'NX-TENANT-REQUIRED', 'Which tenant?', {
    fix: 'Add --tenant SLUG or set NEURONX_TENANT; `neuronx tenant list` shows them.',
  })
}
