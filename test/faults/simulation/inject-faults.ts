import type { Fault, Schedule } from './fault-schedule.ts'
import type { Fleet } from './fleet.ts'
import type { Producer } from './producer.ts'
import type { SimulatedWorld } from './world/simulated-daemon.ts'

interface Stage {
  readonly world: SimulatedWorld
  readonly schedule: Schedule
  readonly fleet: Fleet
  readonly producer: Producer
}

type Timed = Extract<Fault, { atMs: number }>

/** Puts every fault of a schedule into the time of its world. What it breaks for a while it mends again. */
export function injectFaults(stage: Stage): void {
  for (const fault of stage.schedule.faults) {
    if (fault.kind === 'crash_at') continue
    if (fault.kind === 'producers_repeat') stage.producer.repeats = fault.share
    else stage.world.time.schedule(fault.atMs, () => inject(fault, stage), undefined)
  }
}

function inject(fault: Timed, { world, fleet }: Stage): void {
  const { database, vendor, time } = world
  const { bus } = world.bus
  const until = (forMs: number, mend: () => void): void => void time.schedule(forMs, mend, undefined)
  if (!('daemon' in fault)) fleet.note(JSON.stringify(fault))
  switch (fault.kind) {
    case 'kill':
      return fleet.kill(fault.daemon, fault.forMs)
    case 'told_to_end':
      return fleet.end(fault.daemon, fault.forMs)
    case 'pause':
      return fleet.pause(fault.daemon, fault.forMs)
    case 'bus_wiped':
      return bus.wipe()
    case 'bus_replayed':
      return bus.deliverAll()
    case 'bus_tail_lost':
      bus.loseTail(fault.messages)
      return until(fault.healMs, () => bus.heal())
    case 'bus_down':
      bus.reachable = false
      return until(fault.forMs, () => bus.reconnect())
    case 'bus_hang':
      world.bus.hangs = true
      return until(fault.forMs, () => (world.bus.hangs = false))
    case 'bus_lossy':
      world.bus.answersLost = fault.share
      return until(fault.forMs, () => (world.bus.answersLost = 0))
    case 'database_down':
      database.state = 'down'
      database.terminateAll()
      return until(fault.forMs, () => (database.state = 'up'))
    case 'database_lossy':
      Object.assign(database, { answersLost: fault.share / 4, callsLost: fault.share / 4 })
      return until(fault.forMs, () => Object.assign(database, { answersLost: 0, callsLost: 0 }))
    case 'backends_terminated':
      return database.terminateAll()
    case 'transaction_held':
      return hold(fault.forMs, world)
    case 'vendor_trouble':
      vendor.trouble = fault.share * 1.6
      return until(fault.forMs, () => (vendor.trouble = 0))
  }
}

/** Somebody else's transaction, which writes nothing that concerns us and stays open. */
function hold(forMs: number, { database, time }: SimulatedWorld): void {
  const held = database.log.begin([])
  time.schedule(forMs, () => held?.abort(), undefined)
}
