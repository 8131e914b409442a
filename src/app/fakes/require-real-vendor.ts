import type { Integration } from '../../adapters/connectors/integration.ts'
import { NxError } from '../../kernel/errors.ts'
import type { Settings } from '../config/settings.ts'
import { fakesBeside } from './fakes-file.ts'

/**
 * For what makes no sense but with the vendor itself. `why`: what a fake has of it. Throws NX-FAKE-INSTEAD (conflict) when a fake stands
 * in for the vendor, NX-FAKE-FILE.
 */
export async function requireRealVendor(
  settings: Pick<Settings, 'dataDir' | 'databaseUrl'>,
  integration: Pick<Integration, 'name' | 'connector'>,
  why: string,
): Promise<void> {
  const fakes = await fakesBeside(settings)
  if (fakes?.has(integration) !== true) return
  const { connector, vendor } = integration.connector.definition
  throw new NxError('conflict', 'NX-FAKE-INSTEAD', `'${integration.name}' reaches a fake`, {
    detail: why,
    fix: `For ${vendor} itself start \`neuronx dev\` without --fake ${connector}.`,
  })
}
