import type { OracleAnswer, SinkName } from '../check/history.ts'
import { pause } from '../system/writers.ts'
import type { Fault } from './fault.ts'

const both: readonly SinkName[] = ['keyed', 'bare']

function misbehaviour(
  name: string,
  ways: readonly Exclude<OracleAnswer, 'ok'>[],
  share: number,
  sinks = both,
): Fault {
  return {
    id: 'F10',
    name: `vendor_${name}`,
    family: 'vendor',
    weight: 1,
    run: async (system, random) => {
      system.oracle.misbehave({ share, ways, sinks })
      await pause(random.whole(3_000, 8_000))
      system.oracle.misbehave(null)
      return {}
    },
  }
}

/** F10: what the vendor does. Shares below one leave attempts that succeed, so that the mix does not only fill the dead letters. */
export const vendorFaults: readonly Fault[] = [
  misbehaviour('fails', ['status_500'], 0.5),
  misbehaviour('acts_then_resets', ['effect_then_reset'], 0.4),
  misbehaviour('acts_then_is_late', ['effect_then_late'], 0.3),
  misbehaviour('asks_to_slow_down', ['status_429'], 0.3),
  misbehaviour('is_slow', ['slow'], 1),
  misbehaviour('answers_garbage', ['garbage'], 0.5),
  misbehaviour('never_ends', ['endless'], 0.3),
  misbehaviour(
    'does_everything',
    ['status_500', 'effect_then_reset', 'effect_then_late', 'status_429', 'slow', 'garbage', 'endless'],
    0.3,
  ),
]
