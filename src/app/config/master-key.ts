import { open } from 'node:fs/promises'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { MasterKey } from '../../platform/secrets/secret-box.ts'
import { masterKeyBytes, masterKeyOf } from '../../platform/secrets/secret-box.ts'

/**
 * Reads the master key: a file of exactly 32 bytes that only its owner may read (0600 or stricter). The mode is checked on the opened
 * file, so that it cannot be exchanged in between. Throws NX-MASTER-KEY-FILE (io or configuration) and NX-MASTER-KEY.
 */
export async function loadMasterKey(path: string): Promise<MasterKey> {
  await using file = await open(path, 'r').catch((error: unknown) => {
    throw new NxError('io', 'NX-MASTER-KEY-FILE', 'The master key file cannot be read', {
      detail: errorText(error),
      where: { file: path },
      fix: 'Check NEURONX_MASTER_KEY_FILE, and that this user may read the file.',
    })
  })
  const { mode, size } = await file.stat()
  const permissions = mode & 0o777
  if ((permissions & 0o077) !== 0) {
    throw new NxError('configuration', 'NX-MASTER-KEY-FILE', 'Others may read the master key file', {
      detail: `Its mode is ${permissions.toString(8).padStart(4, '0')}.`,
      where: { file: path },
      fix: `chmod 600 ${path}`,
    })
  }
  if (size !== masterKeyBytes) {
    throw new NxError(
      'configuration',
      'NX-MASTER-KEY-FILE',
      `The master key file has ${size} bytes, not ${masterKeyBytes}`,
      {
        where: { file: path },
        fix: 'The file holds 32 random bytes and nothing else: head -c 32 /dev/urandom > FILE',
      },
    )
  }
  return masterKeyOf(await file.readFile())
}
