import { isMainThread } from 'node:worker_threads'
import { processEnvironment } from '../../src/app/config/process-environment.ts'
import { loadSettings } from '../../src/app/config/load-settings.ts'
import { startDaemon } from '../../src/app/daemon/start-daemon.ts'
import { createLogger } from '../../src/app/logger.ts'
import { untilToldToStop } from '../../src/app/until-told-to-stop.ts'
import type { Clock } from '../../src/kernel/clock.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { crashPointNames } from '../../src/kernel/crash-points.ts'
import type { CrashPoints } from '../../src/kernel/crash-points.ts'

// The daemon as `daemon/main.ts` runs it, with two things of the fault suite put in: crash points that kill this process, and a wall
// clock that the suite may set. It ends when the suite does, however that ends.
if (!isMainThread || process.send === undefined) throw new Error('Only the fault suite starts this')

let shiftMs = 0
const clock: Clock = {
  now: () => new Date(systemClock.now().getTime() + shiftMs),
  monotonicMs: () => systemClock.monotonicMs(),
}
process.on('message', (message: { readonly shiftMs?: number }) => {
  if (typeof message.shiftMs === 'number') shiftMs = message.shiftMs
})
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

const settings = await loadSettings(processEnvironment(), process.cwd())
const logger = createLogger(settings.logLevel)
const daemon = await startDaemon(settings, {
  logger,
  clock,
  crashPoints: crashPointsFrom(processEnvironment()['NX_CRASH_AT']),
})
process.send({ serves: { id: daemon.id, url: daemon.url, opsUrl: daemon.opsUrl } })
await untilToldToStop(new Promise<string>(() => {}), () => daemon.abort())
const deadline = setTimeout(() => process.exit(75), 75_000)
await daemon.stop()
clearTimeout(deadline)
process.exit(0)

/** `NX_CRASH_AT=relay.after_ack:3`: the third time that point is reached, the process is gone, as by a power cut. */
function crashPointsFrom(setting: string | undefined): CrashPoints {
  if (setting === undefined || setting === '') return { reach: () => {} }
  const [name, nth] = setting.split(':')
  if (!crashPointNames.some((known) => known === name)) throw new Error(`There is no crash point ${name}`)
  let left = Number(nth ?? '1')
  return {
    reach: (point) => {
      if (point !== name) return
      left -= 1
      if (left === 0) process.kill(process.pid, 'SIGKILL')
    },
  }
}
