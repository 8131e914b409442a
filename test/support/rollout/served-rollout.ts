import type { SalesConfig } from '../../../src/sales-core/compile/sales-config.ts'
import { BaselineLatency } from '../../../src/sales-core/processing/arms/baseline-latency.ts'
import type { ArmTools } from '../../../src/sales-core/processing/arms/decide-with-arms.ts'
import type { ServedRollout } from '../../../src/sales-core/processing/arms/served-rollout.ts'
import { UnitActions } from '../../../src/sales-core/processing/arms/unit-actions.ts'

/** A candidate that has all units of every tenant. */
export function someServedRollout(config: SalesConfig, change: Partial<ServedRollout> = {}): ServedRollout {
  return {
    id: '0190b5a4-0000-7000-8000-00000000000a',
    candidateDigest: 'aaaaaaaa',
    unit: 'entity',
    phase: 'live',
    step: 1,
    weight: 1,
    candidate: { config },
    performanceDegradation: 0.05,
    signals: [],
    actionsPerUnit: null,
    ...change,
  }
}

/** Time that stands still, a coin that falls as told, and candidates that need no warming up. */
export function someArmTools(change: Partial<ArmTools> = {}): ArmTools {
  return {
    random: () => 0.7,
    timeMs: () => 0,
    latency: new BaselineLatency(),
    warmUp: { isWarm: () => true },
    actions: new UnitActions().batch(),
    ...change,
  }
}
