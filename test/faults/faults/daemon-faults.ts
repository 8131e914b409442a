import type { SeededRandom } from '../../support/seeded-random.ts'
import type { DaemonSlot } from '../system/daemon-slot.ts'
import type { FaultSystem } from '../system/fault-system.ts'
import { pause } from '../system/writers.ts'
import type { Fault } from './fault.ts'
import { takeoverNote, untilTakenOver } from './takeover.ts'

function anyDaemon(system: FaultSystem, random: SeededRandom): { slot: DaemonSlot; id: string } {
  const slot = system.slot(random.whole(0, system.slots.length - 1))
  return { slot, id: slot.serving?.id ?? '' }
}

/** F2, F3, F12, F17: what befalls daemons. */
export const daemonFaults: readonly Fault[] = [
  {
    id: 'F2',
    name: 'daemon_killed',
    family: 'daemon',
    weight: 3,
    run: async (system, random) => {
      const { slot, id } = anyDaemon(system, random)
      const since = system.nowMs()
      await slot.kill()
      const taken = await untilTakenOver(system, id, since)
      await slot.start()
      return takeoverNote(taken)
    },
  },
  {
    id: 'F2',
    name: 'daemon_killed_and_back_at_once',
    family: 'daemon',
    weight: 3,
    run: async (system, random) => {
      const { slot } = anyDaemon(system, random)
      await slot.kill()
      await slot.start()
      return {}
    },
  },
  {
    id: 'F2',
    name: 'both_daemons_killed',
    family: 'daemon',
    weight: 2,
    run: async (system) => {
      await Promise.all(system.slots.map(async (slot) => await slot.kill()))
      await Promise.all(system.slots.map(async (slot) => await slot.start()))
      return {}
    },
  },
  {
    id: 'F3',
    name: 'daemon_frozen_beyond_its_leases',
    family: 'daemon',
    weight: 3,
    run: async (system, random) => {
      const { slot, id } = anyDaemon(system, random)
      const since = system.nowMs()
      slot.signal('SIGSTOP')
      const taken = await untilTakenOver(system, id, since)
      await pause(random.whole(500, 4_000))
      slot.signal('SIGCONT')
      return takeoverNote(taken)
    },
  },
  {
    id: 'F3',
    name: 'daemon_frozen_beyond_its_calls',
    family: 'daemon',
    weight: 1,
    run: async (system, random) => {
      const { slot } = anyDaemon(system, random)
      slot.signal('SIGSTOP')
      // Longer than a command's lease (30 s): its calls belong to nobody when it wakes up.
      await pause(random.whole(32_000, 36_000))
      slot.signal('SIGCONT')
      return {}
    },
  },
  {
    id: 'F12',
    name: 'clock_jumps',
    family: 'clock',
    weight: 2,
    run: async (system, random) => {
      const { slot } = anyDaemon(system, random)
      const hours = random.pick([1, -1])
      slot.shiftClock(hours * 3_600_000)
      await pause(random.whole(3_000, 8_000))
      slot.shiftClock(0)
      return { note: `${hours > 0 ? '+' : ''}${hours} h` }
    },
  },
  {
    id: 'F17',
    name: 'daemon_told_to_end',
    family: 'daemon',
    weight: 2,
    run: async (system, random) => {
      const { slot, id } = anyDaemon(system, random)
      const since = system.nowMs()
      slot.signal('SIGTERM')
      const code = await slot.gone
      const ms = Math.round(system.nowMs() - since)
      const held = await system.postgres.use(async (client) => {
        const { rows } = await client.query<{ held: string }>(
          `select (select count(*) from neuronx.shard where owner = $1)
                + (select count(*) from neuronx.command_lane where owner = $1 and state = 'leased') as held`,
          [id],
        )
        return Number(rows[0]?.held)
      })
      await slot.start()
      if (code !== 0 || ms > 10_000 || held > 0)
        throw new Error(`SIGTERM: exit code ${code} after ${ms} ms, ${held} leases held`)
      return { note: `ended in ${ms} ms` }
    },
  },
]
