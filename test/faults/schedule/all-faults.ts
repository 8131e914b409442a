import { busFaults } from '../faults/bus-faults.ts'
import { daemonFaults } from '../faults/daemon-faults.ts'
import { databaseFaults } from '../faults/database-faults.ts'
import type { Fault } from '../faults/fault.ts'
import { networkFaults } from '../faults/network-faults.ts'
import { sourceFaults } from '../faults/source-faults.ts'
import { vendorFaults } from '../faults/vendor-faults.ts'

/** Every fault that the random mix draws from. */
export const allFaults: readonly Fault[] = [
  ...daemonFaults,
  ...busFaults,
  ...databaseFaults,
  ...networkFaults,
  ...vendorFaults,
  ...sourceFaults,
]

/** Those asked for, by id (`F5`) or name (`bus_wiped`); all of them for an empty list. Throws on a word that means none. */
export function faultsNamed(words: readonly string[]): readonly Fault[] {
  if (words.length === 0) return allFaults
  return words.flatMap((word) => {
    const found = allFaults.filter(({ id, name }) => id === word || name === word)
    if (found.length === 0) throw new Error(`There is no fault ${word}; --list names them all`)
    return found
  })
}
