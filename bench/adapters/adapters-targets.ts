import { atMost, noLess } from '../targets.ts'
import type { Target } from '../targets.ts'
import type { CallFigures } from './measure-calls.ts'
import type { DispatcherFigures } from './measure-dispatch.ts'
import type { VerifyFigures } from './measure-verify.ts'

export interface AdaptersFigures {
  readonly calls: readonly CallFigures[]
  readonly verified: readonly VerifyFigures[]
  readonly dispatcher: DispatcherFigures | null
}

/** Milliseconds of CPU that a command may cost beyond undici. */
const addedMsMax = 0.3
const commandsPerSecondMin = 2_000
/** What another vendor's ten seconds may do to a quick one's p99. */
const p99RatioMax = 2
const hmacMsMax = 0.1
const ed25519MsMax = 0.3

/** What was wanted of what was measured. The dispatcher's rate is told beside the executor's, and has no target of its own. */
export function targetsOf({ calls, verified, dispatcher }: AdaptersFigures): readonly Target[] {
  const slow = dispatcher?.slow ?? null
  return [
    ...calls.flatMap(({ connector, addedUs, commandsPerSecond }) => [
      atMost(`${connector}: ms CPU a command beyond undici`, addedUs / 1_000, addedMsMax),
      noLess(`${connector}: commands/s through the executor`, commandsPerSecond, commandsPerSecondMin),
    ]),
    ...verified.flatMap(({ scheme, algorithm, us }) => {
      const wanted = algorithm.startsWith('hmac-') ? hmacMsMax : algorithm === 'ed25519' ? ed25519MsMax : null
      const worst = Math.max(...Object.values(us))
      return wanted === null
        ? []
        : [atMost(`${scheme}: ms CPU to verify, largest body`, worst / 1_000, wanted)]
    }),
    ...(slow === null ? [] : [atMost('quick p99 beside a slow vendor / alone', slow.ratio, p99RatioMax)]),
  ]
}
