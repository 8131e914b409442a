import type { Rollout } from '../../control-plane/rollout/rollout.ts'

type State = Rollout['state']
type Policy = Rollout['policy']

/** Does the state have a place in the ramp? */
export function isLive(state: State): state is Extract<State, { readonly at: object }> {
  return 'at' in state
}

/** Is there anything that may still happen to it by itself or by a person? */
export function isOver({ state }: State): boolean {
  return state === 'completed' || state === 'rolled_back' || state === 'aborted' || state === 'superseded'
}

/** `shadow`, `10 %`, `ring 1 (acme, globex)`, `bake at 95 %`, `100 %, watched`. */
export function stepText(policy: Policy, index: number | null): string {
  const step = index === null ? undefined : policy.steps[index]
  if (step === undefined) return 'shadow'
  switch (step.kind) {
    case 'ring':
      return `ring ${step.index + 1} at ${percentText(step.percent)} (${shortList(step.tenants ?? [])})`
    case 'bake':
      return `bake at ${percentText(step.percent)}`
    case 'full':
      return '100 %, watched'
    case 'percentage':
      return percentText(step.percent)
  }
}

/** `5 %`, from percent. */
export function percentText(percent: number): string {
  return `${Number(percent.toPrecision(4))} %`
}

const listedMax = 3

function shortList(names: readonly string[]): string {
  const rest = names.length - listedMax
  return `${names.slice(0, listedMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
