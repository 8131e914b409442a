import { NxError } from '../../kernel/errors.ts'
import type { MasterKey } from '../../platform/secrets/secret-box.ts'
import { Vault } from '../../platform/secrets/vault.ts'
import { loadMasterKey } from '../config/master-key.ts'
import type { Settings } from '../config/settings.ts'
import type { Operator } from '../operator.ts'

/** The vault of an installation, for one command. Throws NX-MASTER-KEY-MISSING, NX-MASTER-KEY-FILE. */
export async function vaultOf(
  { dataKeys }: Pick<Operator, 'dataKeys'>,
  settings: Pick<Settings, 'masterKeyFile'>,
): Promise<Vault> {
  return new Vault({ masterKey: await masterKeyOfSettings(settings), keys: dataKeys })
}

/** Throws NX-MASTER-KEY-MISSING, NX-MASTER-KEY-FILE. */
export async function masterKeyOfSettings({
  masterKeyFile,
}: Pick<Settings, 'masterKeyFile'>): Promise<MasterKey> {
  if (masterKeyFile !== null) return await loadMasterKey(masterKeyFile)
  throw new NxError('configuration', 'NX-MASTER-KEY-MISSING', 'No master key is configured', {
    fix: 'Set NEURONX_MASTER_KEY_FILE, or read the env file of `neuronx dev`: . DIR/env',
  })
}
