import type { CompiledStep, StepTarget } from '../compiled-workflow.ts'

/** The first step of a circle that never waits; null: there is none. */
export function idleCircle(steps: readonly CompiledStep[]): number | null {
  const done = new Set<number>()
  const onPath = new Set<number>()
  const visit = (index: number): boolean => {
    if (onPath.has(index)) return true
    const step = steps[index]
    if (step === undefined || done.has(index)) return false
    onPath.add(index)
    const circles = immediateTargets(step, steps).some(
      (target) => typeof target === 'number' && visit(target),
    )
    onPath.delete(index)
    done.add(index)
    return circles
  }
  for (const index of steps.keys()) if (visit(index)) return index
  return null
}

/** Steps that may run in the same advance. */
function immediateTargets(step: CompiledStep, steps: readonly CompiledStep[]): readonly StepTarget[] {
  switch (step.verb) {
    case 'wait':
    case 'wait_for':
      // What came since an earlier step moves a wait_for on at once, but each such event only once.
      return []
    case 'command':
      return step.awaits ? (step.late === null ? [] : [step.late]) : [step.next]
    case 'task':
      return step.awaits ? [] : [step.next]
    case 'parallel': {
      const entries = step.branches.map(({ go }) => go)
      const ends = entries.map((go) => reachesJoin(go, steps, new Set()))
      const isOver = step.join === 'all' ? ends.every(Boolean) : ends.some(Boolean)
      return isOver ? [...entries, step.next] : entries
    }
    case 'saga': {
      const failed = step.onFailure === null ? [] : [step.onFailure.go]
      const isOver = reachesJoin(step.first, steps, new Set())
      return [step.first, ...(isOver ? [step.next] : []), ...failed]
    }
    default:
      return allTargets(step)
  }
}

/** May what encloses the steps come to its end without a wait? */
function reachesJoin(target: StepTarget, steps: readonly CompiledStep[], seen: Set<number>): boolean {
  if (target === 'join') return true
  if (target === 'end' || seen.has(target)) return false
  seen.add(target)
  const step = steps[target]
  if (step === undefined) return false
  const inner = step.verb === 'parallel' || step.verb === 'saga'
  const next = immediateTargets(step, steps)
  // The end of an inner block is not the end of this one.
  const own = inner ? next.filter((go) => typeof go !== 'number' || steps[go]?.frame === step.frame) : next
  return own.some((go) => reachesJoin(go, steps, seen))
}

/** Everywhere that a step may lead to, `end` and `join` included, in the order in which it is written. */
export function allTargets(step: CompiledStep): readonly StepTarget[] {
  switch (step.verb) {
    case 'wait':
    case 'act':
    case 'stop':
      return [step.next]
    case 'wait_for':
      return step.upTo === null ? [step.next] : [step.next, step.late]
    case 'choose':
      return [...step.branches.map(({ go }) => go), step.otherwise]
    case 'split':
      return step.arms.map(({ go }) => go)
    case 'parallel':
      return [...step.branches.map(({ go }) => go), step.next]
    case 'saga':
      return [step.first, step.next, ...(step.onFailure === null ? [] : [step.onFailure.go])]
    case 'assign':
    case 'task':
      return [step.next, step.late]
    case 'command':
    case 'start':
      return step.late === null ? [step.next] : [step.next, step.late]
  }
}
