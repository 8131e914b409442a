import type { RolloutActuatorOptions } from '../../src/control-plane/rollout/actuator/rollout-actuator.ts'

type ActuatorStore = RolloutActuatorOptions['store']

/** As a process that has died: nothing reaches the store any more. */
export function mortal(store: ActuatorStore): { store: ActuatorStore; die(): void } {
  let dead = false
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) throw new Error('The process is dead')
    return await work()
  }
  return {
    die: () => (dead = true),
    store: {
      claim: async (...given) => await alive(async () => await store.claim(...given)),
      observe: async (...given) => await alive(async () => await store.observe(...given)),
      commit: async (...given) => await alive(async () => await store.commit(...given)),
      release: async (...given) => await alive(async () => await store.release(...given)),
      list: async (...given) => await alive(async () => await store.list(...given)),
      forget: async (...given) => await alive(async () => await store.forget(...given)),
    },
  }
}
