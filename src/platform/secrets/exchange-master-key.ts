import { NxError } from '../../kernel/errors.ts'
import type { Actor } from '../access/actor.ts'
import { requirePermission } from '../access/actor.ts'
import type { DataKeyStore, KeyRotationStore, ResealCounts } from './data-key-store.ts'
import type { MasterKey } from './secret-box.ts'
import { openDataKey, sealDataKey, Vault } from './vault.ts'

const batch = 200

export interface ExchangePorts {
  readonly keys: DataKeyStore
  readonly rotation: KeyRotationStore
}

/**
 * Seals every data key under the new master key too: afterwards both open everything, and daemons can be restarted with the new one in
 * their own time. No value is read, but for secrets from before there were data keys, which get one. Every step is one row: what was
 * broken off goes on when it is run again. Throws NX-DENIED, NX-MASTER-KEY-SAME (usage), NX-SECRET-KEY, NX-SECRET-DAMAGED, NX-DB-….
 */
export async function resealDataKeys(
  { keys, rotation }: ExchangePorts,
  actor: Actor,
  { from, to, reason }: { readonly from: MasterKey; readonly to: MasterKey; readonly reason: string | null },
): Promise<ResealCounts> {
  requirePermission(actor, 'secret.manage', null)
  if (from.id === to.id) {
    throw new NxError('usage', 'NX-MASTER-KEY-SAME', 'Both files hold the same master key', {
      fix: 'NEURONX_MASTER_KEY_FILE names the present key, --new-key-file the new one: (umask 077; head -c 32 /dev/urandom > FILE)',
    })
  }
  const secrets = await adoptDirectSecrets(rotation, new Vault({ masterKey: from, keys }), from)
  let dataKeys = 0
  for (;;) {
    const found = await rotation.toReseal(from.id, to.id, batch)
    for (const key of found) await rotation.addSeal(sealDataKey(to, key.tenantId, openDataKey(from, key)))
    dataKeys += found.length
    if (found.length < batch) break
  }
  const counts = { dataKeys, secrets }
  await rotation.recordReseal(from.id, to.id, counts, actor, reason)
  return counts
}

async function adoptDirectSecrets(
  rotation: KeyRotationStore,
  vault: Vault,
  from: MasterKey,
): Promise<number> {
  let adopted = 0
  for (;;) {
    const found = await rotation.directSecrets(from.id, batch)
    for (const secret of found) {
      const value = await vault.open(secret, secret.sealed)
      if (await rotation.replaceSeal(secret, await vault.seal(secret, value))) adopted += 1
    }
    if (found.length < batch) return adopted
  }
}

/**
 * Drops what the old master key sealed, once the present one has proved that it opens every data key. Throws NX-DENIED,
 * NX-MASTER-KEY-IN-USE (conflict) while something hangs on the old one alone, NX-SECRET-DAMAGED, NX-DB-….
 */
export async function retireMasterKey(
  { rotation }: Pick<ExchangePorts, 'rotation'>,
  actor: Actor,
  {
    current,
    retired,
    reason,
  }: { readonly current: MasterKey; readonly retired: string; readonly reason: string | null },
): Promise<{ readonly dropped: number }> {
  requirePermission(actor, 'secret.manage', null)
  if (retired === current.id) {
    throw new NxError('usage', 'NX-MASTER-KEY-SAME', 'The present master key cannot be retired', {
      fix: 'Point NEURONX_MASTER_KEY_FILE at the new key, then retire the old one.',
    })
  }
  await requireOpens(rotation, current)
  const before = (await rotation.standings()).find(({ masterKeyId }) => masterKeyId === retired)
  if (before === undefined) return { dropped: 0 }
  if (before.alone > 0 || before.secrets > 0) throw inUse(retired, before.alone + before.secrets)
  const dropped = await rotation.retire(retired, current.id, actor, reason)
  // A daemon with the old key may have made one meanwhile.
  const left = (await rotation.standings()).find(({ masterKeyId }) => masterKeyId === retired)
  if (left !== undefined) throw inUse(retired, left.alone + left.secrets)
  return { dropped }
}

async function requireOpens(rotation: KeyRotationStore, current: MasterKey): Promise<void> {
  let after: string | null = null
  for (;;) {
    const page = await rotation.sealedBy(current.id, after, batch)
    for (const key of page) openDataKey(current, key)
    const last = page.at(-1)
    if (last === undefined || page.length < batch) return
    after = last.id
  }
}

function inUse(retired: string, count: number): NxError {
  return new NxError(
    'conflict',
    'NX-MASTER-KEY-IN-USE',
    `The master key ${retired} still opens what no other key does`,
    {
      detail: `${count} data keys or secrets were sealed under it after it was exchanged, or never were sealed under the present key.`,
      fix: 'Restart every daemon with the new key, then seal once more: NEURONX_MASTER_KEY_FILE=OLD neuronx adapter auth rotate --new-key-file NEW',
    },
  )
}
