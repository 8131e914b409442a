import type { FaultSystem } from '../system/fault-system.ts'
import type { TcpProxy, WireState } from '../../support/tcp-proxy.ts'
import { pause } from '../system/writers.ts'
import type { SeededRandom } from '../../support/seeded-random.ts'
import type { Fault } from './fault.ts'
import { takeoverNote, untilTakenOver } from './takeover.ts'

type Wire = 'database' | 'bus' | 'vendor'

const troubles: Readonly<Record<string, WireState>> = {
  hangs: { kind: 'hang' },
  refuses: { kind: 'refuse' },
  delays_2s: { kind: 'delay', ms: 2_000 },
  loses_requests: { kind: 'one_way', lost: 'requests' },
  loses_answers: { kind: 'one_way', lost: 'answers' },
}

function wireOf(system: FaultSystem, wire: Wire, random: SeededRandom): TcpProxy {
  if (wire === 'vendor') return system.oracleWire
  const slot = system.slot(random.whole(0, system.slots.length - 1))
  return wire === 'database' ? slot.postgres : slot.nats
}

function trouble(wire: Wire, name: string, state: WireState): Fault {
  return {
    id: 'F9',
    name: `${wire}_wire_${name}`,
    family: 'network',
    weight: 0.6,
    run: async (system, random) => {
      const proxy = wireOf(system, wire, random)
      proxy.set(state)
      await pause(random.whole(2_000, 10_000))
      proxy.set({ kind: 'pass' })
      return {}
    },
  }
}

/** F9: what befalls the wires between a daemon and what it needs. */
export const networkFaults: readonly Fault[] = [
  ...(['database', 'bus', 'vendor'] as const).flatMap((wire) =>
    Object.entries(troubles).map(([name, state]) => trouble(wire, name, state)),
  ),
  {
    id: 'F9',
    name: 'all_wires_reset',
    family: 'network',
    weight: 2,
    run: async (system) => {
      system.oracleWire.reset()
      for (const { postgres, nats } of system.slots) {
        postgres.reset()
        nats.reset()
      }
      return {}
    },
  },
  {
    id: 'F9',
    name: 'daemon_cut_off_from_the_database',
    family: 'network',
    weight: 2,
    run: async (system, random) => {
      const slot = system.slot(random.whole(0, system.slots.length - 1))
      const id = slot.serving?.id ?? ''
      const since = system.nowMs()
      slot.postgres.set({ kind: 'hang' })
      const taken = await untilTakenOver(system, id, since)
      await pause(random.whole(0, 3_000))
      slot.postgres.set({ kind: 'pass' })
      return takeoverNote(taken)
    },
  },
]
