import { resealDataKeys, retireMasterKey } from '../../platform/secrets/exchange-master-key.ts'
import { loadMasterKey } from '../config/master-key.ts'
import type { Settings } from '../config/settings.ts'
import type { Operator } from '../operator.ts'
import { masterKeyOfSettings } from './operator-vault.ts'

export type RotationWish = { readonly newKeyFile: string } | { readonly retire: string }

export type RotationResult =
  | {
      readonly done: 'resealed'
      readonly from: string
      readonly to: string
      /** Data keys that were sealed under the new master key now. */
      readonly dataKeys: number
      /** Secrets that got a data key now. */
      readonly secrets: number
    }
  | {
      readonly done: 'retired'
      readonly masterKey: string
      readonly current: string
      readonly dropped: number
    }

/** One of the two halves of exchanging the master key: see `resealDataKeys` and `retireMasterKey`, and what they throw. */
export async function rotateMasterKey(
  operator: Pick<Operator, 'actor' | 'dataKeys'>,
  settings: Pick<Settings, 'masterKeyFile'>,
  wish: RotationWish,
  reason: string | null,
): Promise<RotationResult> {
  const { actor, dataKeys } = operator
  const ports = { keys: dataKeys, rotation: dataKeys }
  const current = await masterKeyOfSettings(settings)
  if ('retire' in wish) {
    const { dropped } = await retireMasterKey(ports, actor, { current, retired: wish.retire, reason })
    return { done: 'retired', masterKey: wish.retire, current: current.id, dropped }
  }
  const to = await loadMasterKey(wish.newKeyFile)
  const counts = await resealDataKeys(ports, actor, { from: current, to, reason })
  return { done: 'resealed', from: current.id, to: to.id, ...counts }
}
