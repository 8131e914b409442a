import { nearestName } from '../../../kernel/nearest-name.ts'
import type { Address } from './address.ts'
import { addressText } from './address.ts'

/** `Did you mean '…'?` for the part of an address that leads nowhere; else what there is, when that is little. */
export function suggestAddress(
  address: Address,
  { at, listed }: { readonly at: number; readonly listed: ReadonlySet<number> },
  candidates: readonly string[],
): string | null {
  const meant = nearestName(address[at] ?? '', candidates)
  if (meant !== null) return `Did you mean '${addressText(address.with(at, meant), listed)}'?`
  if (candidates.length === 0 || candidates.length > 20) return null
  return `There is ${candidates.join(', ')}.`
}
