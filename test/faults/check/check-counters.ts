import type { FaultFamily } from '../faults/fault.ts'
import type { Violation } from './history.ts'

/** Totals of all daemons that lived in a run: `reconciler.repaired`. */
export type LayerCounters = Readonly<Record<string, number>>

/** Which faults may move a counter. Without any of them it must stay at zero: the layer above it would have failed unseen. */
const movedBy: Readonly<Record<string, readonly FaultFamily[]>> = {
  'reconciler.repaired': ['bus', 'network', 'disk'],
  'relay.troubles': ['bus', 'network', 'disk', 'database', 'daemon'],
  'relay.leasesLost': ['daemon', 'network', 'database', 'clock'],
  'settlements.leasesLost': ['daemon', 'network', 'database', 'clock'],
  'processor.duplicates': ['bus', 'network', 'disk', 'database', 'daemon', 'source'],
  'processor.repaired': ['bus', 'network', 'disk', 'database', 'daemon', 'source'],
  'processor.poisoned': ['source'],
}

/** I7: what moved although nothing in the run may have moved it. */
export function checkCounters(
  counters: LayerCounters,
  families: ReadonlySet<FaultFamily>,
): readonly Violation[] {
  return Object.entries(movedBy).flatMap(([name, movers]): Violation[] => {
    const value = counters[name] ?? 0
    if (value === 0 || movers.some((family) => families.has(family))) return []
    return [{ invariant: 'I7', what: `is ${value} without a fault that explains it`, subject: name }]
  })
}
