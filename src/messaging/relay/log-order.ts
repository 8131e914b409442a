import type { LogPosition } from './event-log.ts'

/** Is `a` earlier in a shard's commit order than `b`? */
export function standsBefore(a: LogPosition, b: LogPosition): boolean {
  const [first, second] = [BigInt(a.txid), BigInt(b.txid)]
  return first === second ? BigInt(a.pos) < BigInt(b.pos) : first < second
}
