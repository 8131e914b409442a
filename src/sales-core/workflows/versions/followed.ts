import type { CompiledStep, CompiledWorkflow } from '../compiled-workflow.ts'
import { stepById } from '../compiled-workflow.ts'

const made = new WeakMap<CompiledWorkflow, WeakMap<CompiledWorkflow, CompiledWorkflow>>()

/**
 * The definition that an instance pinned to an older one runs by: its own structure, with the texts and times of the active one
 * where that one says they follow. Steps are matched by id and verb; one that is not there any more stays as it was.
 */
export function followed(pinned: CompiledWorkflow, active: CompiledWorkflow | null): CompiledWorkflow {
  if (active === null || active.digest === pinned.digest) return pinned
  const { text, timing } = active.onChange
  if (text === 'pin' && timing === 'pin') return pinned
  const byActive = made.get(pinned) ?? new WeakMap<CompiledWorkflow, CompiledWorkflow>()
  made.set(pinned, byActive)
  const known = byActive.get(active)
  if (known !== undefined) return known
  const steps = pinned.steps.map((step) => {
    const now = stepById(active, step.id)
    if (now === undefined) return step
    const worded = text === 'follow' ? withTexts(step, now) : step
    return timing === 'follow' ? withTimes(worded, now) : worded
  })
  const result: CompiledWorkflow = {
    ...pinned,
    steps,
    ageMsMax: timing === 'follow' ? active.ageMsMax : pinned.ageMsMax,
    keepsVars: pinned.keepsVars || (text === 'follow' && active.keepsVars),
  }
  byActive.set(active, result)
  return result
}

/** What is said and to whom: inputs of calls and sends, tasks, values that are set. */
function withTexts(step: CompiledStep, now: CompiledStep): CompiledStep {
  switch (step.verb) {
    case 'command': {
      // Another operation or channel is another step: that is structure.
      if (now.verb !== 'command' || now.command.label !== step.command.label) return step
      const fallback =
        step.fallback !== null && now.fallback?.label === step.fallback.label ? now.fallback : step.fallback
      const undo =
        step.undo !== null && now.undo?.command.label === step.undo.command.label ? now.undo : step.undo
      return { ...step, command: now.command, fallback, undo }
    }
    case 'task':
      return now.verb === 'task'
        ? { ...step, task: { ...step.task, title: now.task.title, text: now.task.text } }
        : step
    default:
      return step
  }
}

/** How long is waited, and until when something is due. */
function withTimes(step: CompiledStep, now: CompiledStep): CompiledStep {
  switch (step.verb) {
    case 'wait':
      return now.verb === 'wait' ? { ...step, wait: now.wait } : step
    case 'wait_for':
      // Whether it ends at all is structure: where it goes then is.
      return now.verb === 'wait_for' && isBoth(step.upTo, now.upTo) ? { ...step, upTo: now.upTo } : step
    case 'command': {
      if (now.verb !== 'command') return step
      const upTo = isBoth(step.upTo, now.upTo) ? now.upTo : step.upTo
      return { ...step, upTo, retry: isBoth(step.retry, now.retry) ? now.retry : step.retry }
    }
    case 'task': {
      if (now.verb !== 'task') return step
      const { dueMs, clock, calendar, ladder } = now.task
      const upTo = isBoth(step.upTo, now.upTo) ? now.upTo : step.upTo
      return { ...step, upTo, task: { ...step.task, dueMs, clock, calendar, ladder } }
    }
    case 'start':
      return now.verb === 'start' && isBoth(step.upTo, now.upTo) ? { ...step, upTo: now.upTo } : step
    default:
      return step
  }
}

function isBoth(before: object | null, after: object | null): boolean {
  return before !== null && after !== null
}
