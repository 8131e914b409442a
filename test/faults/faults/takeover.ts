import type { FaultSystem } from '../system/fault-system.ts'
import { pause } from '../system/writers.ts'

const deadlineMs = 45_000

/** Waits until this daemon owns no shard and none is without an owner; milliseconds since `sinceMs`, null when it never came. */
export async function untilTakenOver(
  system: FaultSystem,
  daemonId: string,
  sinceMs: number,
): Promise<number | null> {
  while (system.nowMs() - sinceMs < deadlineMs) {
    const left = await system.postgres
      .use(async (client) => {
        const { rows } = await client.query<{ left: string }>(
          `select count(*) as left from neuronx.shard
           where owner is null or owner = $1 or lease_until < clock_timestamp()`,
          [daemonId],
        )
        return Number(rows[0]?.left)
      })
      .catch(() => null)
    if (left === 0) return Math.round(system.nowMs() - sinceMs)
    await pause(100)
  }
  return null
}

/** As a note of the fault. */
export function takeoverNote(ms: number | null): { takeoverMs?: number; note?: string } {
  return ms === null ? { note: 'never taken over' } : { takeoverMs: ms }
}
