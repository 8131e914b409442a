import type { Command } from './command.ts'

/** Between a command's key and the channel that its message was moved to. */
const mark = '~'

/** The key of a command that carries a message over another channel. */
export function movedKey(idempotencyKey: string, channel: string): string {
  return `${idempotencyKey}${mark}${channel}`
}

/** Was it made in the place of one that could not leave over its own channel? Such a command is not moved again. */
export function wasMoved({ idempotencyKey }: Pick<Command, 'idempotencyKey'>): boolean {
  return idempotencyKey.includes(mark)
}

/** A new key for a command that takes the place of another: what was moved stays so. */
export function keyInPlaceOf({ idempotencyKey }: Pick<Command, 'idempotencyKey'>, key: string): string {
  const at = idempotencyKey.indexOf(mark)
  return at < 0 ? key : `${key}${idempotencyKey.slice(at)}`
}
