import { describeRolloutActuator } from '../../contracts/rollout/rollout-actuator.contract.ts'
import { describeRolloutObservations } from '../../contracts/rollout/rollout-observations.contract.ts'
import { describeRolloutStart } from '../../contracts/rollout/rollout-start.contract.ts'
import { describeRolloutStore } from '../../contracts/rollout/rollout-store.contract.ts'
import { memoryRollouts } from './memory-rollouts.ts'

describe('MemoryRolloutStore', () => {
  const harness = memoryRollouts()
  describeRolloutStart(() => harness)
  describeRolloutStore(() => harness)
  describeRolloutObservations(() => harness)
})

describe('RolloutActuator, in memory', () => {
  const harness = memoryRollouts()
  describeRolloutActuator(() => harness)
})
