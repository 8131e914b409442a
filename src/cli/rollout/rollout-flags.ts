import { boolean, integer, string } from '@oclif/core/flags'
import { parseDuration } from '../../kernel/duration.ts'
import { NxError } from '../../kernel/errors.ts'
import { requiredArg } from '../flags.ts'

/** Which rollout: its id, the beginning of one, or a scope that a live one changes. */
export const rolloutArg = {
  id: requiredArg('Id of the rollout or its beginning, or a scope of a live one: acme, acme/eu, global.'),
}

/** How a rollout that is followed is shown, and for how long. */
export const followFlags = {
  timeout: string({
    summary: 'Follow for this long at most, up to 30d; without it until the rollout is over.',
    helpValue: 'DURATION',
  }),
  'interval-ms': integer({
    min: 200,
    max: 60_000,
    default: 2_000,
    summary: 'Time between two looks, in milliseconds.',
    helpValue: 'MS',
  }),
  output: string({
    char: 'o',
    options: ['text', 'jsonl'],
    default: 'text',
    summary: 'How changes are told: for people, or as JSON lines on stdout.',
    helpValue: 'FORMAT',
  }),
}

/** For pipelines: stay until the rollout is over and end with what became of it. */
export const waitFlag = {
  wait: boolean({
    summary: 'Follow until it is over: exit code 0 completed, 1 otherwise ended, 8 still going at --timeout.',
  }),
}

export interface FollowFlags {
  readonly timeout?: string | undefined
  readonly 'interval-ms': number
  readonly output: string
}

const timeoutMaxMs = 30 * 24 * 3_600_000

/** `--timeout` in milliseconds; null: none. Throws NX-DURATION, NX-TIMEOUT (usage). */
export function timeoutOf({ timeout }: Pick<FollowFlags, 'timeout'>): number | null {
  if (timeout === undefined) return null
  const ms = parseDuration(timeout)
  if (ms > 0 && ms <= timeoutMaxMs) return ms
  throw new NxError('usage', 'NX-TIMEOUT', `--timeout cannot be ${timeout}`, {
    fix: 'Use something above 0 and up to 30d: --timeout 2h',
  })
}
