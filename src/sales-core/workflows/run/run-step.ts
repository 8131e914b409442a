import type { JsonObject } from '../../../kernel/json.ts'
import type {
  CommandStep,
  CompiledStep,
  ParallelStep,
  StartStep,
  StepTarget,
  TaskStep,
  WaitForStep,
} from '../compiled-workflow.ts'
import type { InstanceRun } from './instance-run.ts'

/** How long a send is watched for coming to nothing, so that its fallback goes out. */
export const fallbackMs = 7 * 86_400_000

/** Runs one step. Where to go on; null: it waits, or the instance has ended. */
export function runStep(run: InstanceRun, step: CompiledStep): StepTarget | null {
  switch (step.verb) {
    case 'command':
      return ask(run, step, 1)
    case 'wait': {
      const until = run.until(step.wait, step.id)
      if (until === 'failed' || until.at === null) return null
      run.put({ stepId: step.id, wait: { kind: 'timer', until: until.at, from: run.nowText } })
      return null
    }
    case 'wait_for':
      return waitFor(run, step)
    case 'choose': {
      const values = run.values()
      for (const { when, go } of step.branches) {
        const result = when.evaluate(values)
        if (result.state === 'error') return failed(run, step.id, result)
        if (result.value === true) return go
      }
      return step.otherwise
    }
    case 'split':
      return split(run, step)
    case 'parallel':
      return fork(run, step)
    case 'saga':
      run.sagas.set(step.id, { done: [] })
      return step.first
    case 'act': {
      const refusal = run.services.act(step.id, step.actions, run.vars, run.nextOrdinal())
      return refusal === null ? step.next : failed(run, step.id, refusal)
    }
    case 'assign': {
      const outcome = run.services.assign(step.id, step.assign)
      if (outcome.state === 'assigned') return step.next
      run.services.note(`Workflow/${run.workflow.name}#${step.id} found nobody: ${outcome.why}`)
      return step.late
    }
    case 'task':
      return makeTask(run, step)
    case 'start':
      return startOther(run, step)
    case 'stop':
      run.services.stop(step.id, step.workflow)
      if (step.workflow !== run.workflow.name) return step.next
      run.end('stopped', `Workflow/${run.workflow.name}#${step.id}`)
      return null
  }
}

function failed(
  run: InstanceRun,
  stepId: string,
  { code, message }: { readonly code: string; readonly message: string },
): null {
  run.fail(stepId, code, message)
  return null
}

/** Asks for the step's command; its input is rendered anew for each attempt. */
export function ask(run: InstanceRun, step: CommandStep, attempt: number): StepTarget | null {
  const rendered = step.command.input.render(run.values())
  if (rendered.state === 'error') return failed(run, step.id, rendered)
  const watched = step.awaits || step.fallback !== null
  const asked = run.services.command({
    stepId: step.id,
    command: step.command,
    input: rendered.value as JsonObject,
    ordinal: run.nextOrdinal(),
    awaitedFrom: watched ? run.depth : null,
  })
  if (asked.state === 'refused') {
    if (step.fallback !== null) return sendFallback(run, step) ? step.next : null
    return step.late ?? failed(run, step.id, asked)
  }
  if (step.fallback !== null) {
    const until = new Date(run.now.getTime() + fallbackMs).toISOString()
    run.put({ stepId: step.id, wait: { kind: 'fallback', commandId: asked.id, until } })
  }
  if (!step.awaits) return step.next
  const until = run.until(step.upTo, step.id)
  if (until === 'failed') return null
  const input = step.undo?.plain === true ? { input: rendered.value as JsonObject } : {}
  const times = { until: until.at, from: run.nowText }
  run.put({ stepId: step.id, wait: { kind: 'result', commandId: asked.id, attempt, ...input, ...times } })
  return null
}

/** Sends a step's fallback. False: that cannot be either, and the step has failed. */
export function sendFallback(run: InstanceRun, { id, fallback }: CommandStep): boolean {
  if (fallback === null) return true
  const rendered = fallback.input.render(run.values())
  const asked =
    rendered.state === 'error'
      ? rendered
      : run.services.command({
          stepId: id,
          command: fallback,
          input: rendered.value as JsonObject,
          ordinal: run.nextOrdinal(),
          awaitedFrom: null,
        })
  if (asked.state === 'asked') return true
  run.fail(id, asked.code, asked.message)
  return false
}

function waitFor(run: InstanceRun, step: WaitForStep): StepTarget | null {
  const early = run.early.get(step.id)
  if (early !== undefined && early !== null) {
    run.early.delete(step.id)
    run.keep(step.id, early)
    run.moved.push({ step: step.id, by: 'early' })
    return step.next
  }
  const until = run.until(step.upTo, step.id)
  if (until === 'failed') return null
  const where = step.where?.source ?? null
  const wait = { kind: 'event', eventType: step.event, where, until: until.at, from: run.nowText } as const
  run.put({ stepId: step.id, wait })
  return null
}

function split(run: InstanceRun, step: Extract<CompiledStep, { verb: 'split' }>): StepTarget {
  const total = step.arms.reduce((sum, { weight }) => sum + weight, 0)
  let left = run.services.share(step.id) * total
  // Rounding may leave a little behind the last arm: it is that arm's.
  let arm = step.arms.findLast(({ weight }) => weight > 0)
  for (const candidate of step.arms) {
    left -= candidate.weight
    if (left >= 0) continue
    arm = candidate
    break
  }
  if (arm === undefined) return 'end'
  run.arms.push([step.id, arm.name])
  run.keep(step.id, arm.name)
  return arm.go
}

/** Runs every branch as far as it goes. The step goes on when the last, or with `join: any` the first, has come to its end. */
function fork(run: InstanceRun, step: ParallelStep): null {
  run.open.set(
    step.id,
    step.branches.map(({ name }) => name),
  )
  for (const { name, go } of step.branches) {
    if (run.isOver || !run.open.has(step.id)) break
    run.go(go, `${step.id}.${name}`)
  }
  return null
}

function makeTask(run: InstanceRun, step: TaskStep): StepTarget | null {
  const made = run.services.task(step.id, step.task, run.vars, run.nextOrdinal())
  if (made.state === 'refused') return failed(run, step.id, made)
  if (!step.awaits) return step.next
  const until = run.until(step.upTo, step.id)
  if (until === 'failed') return null
  run.put({ stepId: step.id, wait: { kind: 'task', taskId: made.id, until: until.at, from: run.nowText } })
  return null
}

function startOther(run: InstanceRun, step: StartStep): StepTarget | null {
  const started = run.services.start(step.id, step.workflow, run.nextOrdinal())
  if (started.state === 'refused') return failed(run, step.id, started)
  if (started.state === 'not_started') {
    run.services.note(
      `Workflow/${run.workflow.name}#${step.id} did not start ${step.workflow}: ${started.why}`,
    )
    return step.awaits && step.late !== null ? step.late : step.next
  }
  if (!step.awaits) return step.next
  if (started.state === 'ended') return afterOther(run, step, started.how, started.failed)
  const until = run.until(step.upTo, step.id)
  if (until === 'failed') return null
  const wait = {
    kind: 'workflow',
    instanceId: started.instanceId,
    until: until.at,
    from: run.nowText,
  } as const
  run.put({ stepId: step.id, wait })
  return null
}

/** The workflow that a step waited for has ended. */
export function afterOther(
  run: InstanceRun,
  step: StartStep,
  how: string,
  isFailed: boolean,
): StepTarget | null {
  run.keep(step.id, { status: isFailed ? 'failed' : how })
  if (!isFailed && how !== 'stopped') return step.next
  if (step.late !== null) return step.late
  if (!isFailed) return step.next
  run.fail(step.id, 'NX-WORKFLOW-CHILD', `Workflow ${step.workflow}, which it waited for, failed`)
  return null
}
