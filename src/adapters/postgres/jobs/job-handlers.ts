import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { noCrashPoints } from '../../../kernel/crash-points.ts'
import type { CrashPoints } from '../../../kernel/crash-points.ts'
import type { EventBus } from '../../../messaging/bus/event-bus.ts'
import type { CommandControl } from '../../../messaging/commands/command-control.ts'
import type { DeliveryTranslator } from '../../../platform/dead-letters/delivery-translator.ts'
import type { JobHandler } from '../../../platform/jobs/job-handler.ts'
import { discardWork, replayWork, resolveWork } from '../dead-letters/letter-work.ts'
import type { ConfigProvider } from '../../../sales-core/processing/config-provider.ts'
import { scoreRecomputeWork } from '../projections/score-recompute-work.ts'
import { instanceWorks } from '../workflows/instance-work.ts'
import { entityRebuildWork, entityVerifyWork } from '../projections/state-work.ts'
import { commandCancelWork } from './command-cancel-work.ts'
import { eventReplayWork } from './event-replay-work.ts'
import { ItemJobHandler } from './item-job-handler.ts'
import { OutboxReplayHandler } from './outbox/outbox-replay-handler.ts'

export interface JobHandlerOptions {
  readonly pools: { readonly app: pg.Pool; readonly relay: pg.Pool }
  readonly clock: Clock
  readonly translator: DeliveryTranslator
  readonly control: Pick<CommandControl, 'cancel'>
  /** null: this process has none; jobs that publish are left to those that have. */
  readonly bus: Pick<EventBus, 'publish'> | null
  /** null: this process compiles no configurations; jobs that need them are left to those that do. */
  readonly configs?: Pick<ConfigProvider, 'configFor'> | null
  readonly crashPoints?: CrashPoints
}

/** Everything that this process can do for jobs. */
export function jobHandlers(options: JobHandlerOptions): readonly JobHandler[] {
  const { pools, clock, translator, control, bus, configs = null, crashPoints = noCrashPoints } = options
  const works = [
    replayWork({ clock, translator }),
    resolveWork(clock),
    discardWork(clock),
    eventReplayWork(),
    commandCancelWork(control),
    ...instanceWorks(),
    entityVerifyWork(),
    entityRebuildWork(),
    ...(configs === null ? [] : [scoreRecomputeWork(configs, clock)]),
  ]
  const items = works.map((work) => new ItemJobHandler(pools.app, work, crashPoints))
  return bus === null ? items : [...items, new OutboxReplayHandler(pools.relay, bus)]
}
