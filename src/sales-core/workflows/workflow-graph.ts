import { formatDuration } from '../../kernel/duration.ts'
import type { WaitSpec } from '../time/wait-spec.ts'
import type { CompiledStep, CompiledWorkflow, StepTarget } from './compiled-workflow.ts'
import { framesOf } from './compiled-workflow.ts'

/** Instances that wait at each step, by its id. */
export type StepCounts = Readonly<Record<string, number>>

interface Edge {
  readonly to: StepTarget
  readonly label: string
}

/** A workflow as a Mermaid flowchart, top down; `counts` are written beside their steps. The same input gives the same text. */
export function workflowGraph(workflow: CompiledWorkflow, counts: StepCounts = {}): string {
  const lines = ['flowchart TD', `  start([${quoted(startText(workflow))}])`]
  lines.push(...nodesIn(workflow, null, counts, '  '))
  lines.push('  done([end])')
  if (workflow.steps.length > 0) lines.push('  start --> s0')
  for (const [index, step] of workflow.steps.entries()) {
    for (const { to, label } of edgesOf(step)) {
      const target = nodeOf(to, step, workflow)
      if (target !== null)
        lines.push(`  s${index} ${label === '' ? '-->' : `-->|${quoted(label)}|`} ${target}`)
    }
  }
  return `${lines.join('\n')}\n`
}

/** What starts it. */
export function startText({ name, start }: CompiledWorkflow): string {
  return start === null ? name : `${name}: ${start.on}`
}

/** The steps of a frame; the frames in it as subgraphs. */
function nodesIn(
  workflow: CompiledWorkflow,
  frame: string | null,
  counts: StepCounts,
  indent: string,
): readonly string[] {
  const own = workflow.steps.flatMap((step, index) =>
    step.frame === frame ? [`${indent}s${index}${shapeOf(step, counts)}`] : [],
  )
  const inner = [...workflow.frames].flatMap(([key, { parent }]) =>
    parent === frame
      ? [`${indent}subgraph ${quoted(key)}`, ...nodesIn(workflow, key, counts, `${indent}  `), `${indent}end`]
      : [],
  )
  return [...own, ...inner]
}

function shapeOf(step: CompiledStep, counts: StepCounts): string {
  const count = Object.hasOwn(counts, step.id) ? (counts[step.id] ?? 0) : 0
  const label = quoted(`${step.id}: ${textOf(step)}${count > 0 ? ` (${count})` : ''}`)
  switch (step.verb) {
    case 'choose':
    case 'split':
      return `{${label}}`
    case 'wait':
    case 'wait_for':
      return `([${label}])`
    case 'parallel':
    case 'saga':
      return `[[${label}]]`
    default:
      return `[${label}]`
  }
}

/** What a step does, in a few words. */
export function textOf(step: CompiledStep): string {
  switch (step.verb) {
    case 'command':
      return step.command.label
    case 'wait':
      return `wait ${waitText(step.wait)}`
    case 'wait_for':
      return `wait for ${step.event}`
    case 'act':
      return step.actions.map((action) => actionText(action)).join(', ')
    case 'assign':
      return step.assign.does === 'pick' ? `assign ${step.assign.team}` : 'release'
    case 'task':
      return `task ${step.task.title.source}`
    case 'start':
    case 'stop':
      return `${step.verb} ${step.workflow}`
    case 'parallel':
      return `parallel, join ${step.join}`
    default:
      return step.verb
  }
}

function actionText(action: Extract<CompiledStep, { verb: 'act' }>['actions'][number]): string {
  switch (action.verb) {
    case 'set':
      return `set ${action.field}`
    case 'emit':
      return `emit ${action.type}`
    default:
      return `${action.verb} ${action.tags.map(({ source }) => source).join(' ')}`
  }
}

/** `2d`, `2h business`, `1d at 10:00 contact`. */
function waitText(wait: WaitSpec): string {
  const clock = wait.clock === 'wall' ? '' : ` ${wait.clock}`
  if (wait.kind === 'at') {
    const time = `${String(Math.floor(wait.minute / 60)).padStart(2, '0')}:${String(wait.minute % 60).padStart(2, '0')}`
    return `${wait.days > 0 ? `${wait.days}d ` : ''}until ${time} ${wait.zone}${clock}`
  }
  const days = wait.days > 0 ? `${wait.days}d` : ''
  const rest = wait.ms > 0 || days === '' ? formatDuration(wait.ms) : ''
  return `${days}${rest}${clock}`
}

/** Where a step may lead, and when. */
export function edgesOf(step: CompiledStep): readonly Edge[] {
  switch (step.verb) {
    case 'choose':
      return [
        ...step.branches.map(({ when, go }) => ({ to: go, label: when.source })),
        { to: step.otherwise, label: 'else' },
      ]
    case 'split':
      return step.arms.map(({ name, weight, go }) => ({ to: go, label: `${name} ${weight}` }))
    case 'parallel':
      return [
        ...step.branches.map(({ name, go }) => ({ to: go, label: name })),
        { to: step.next, label: step.join === 'all' ? 'all' : 'first' },
      ]
    case 'saga': {
      const failed = step.onFailure === null ? [] : [{ to: step.onFailure.go, label: 'undone' }]
      return [{ to: step.first, label: '' }, { to: step.next, label: 'done' }, ...failed]
    }
    case 'wait_for':
      return step.upTo === null
        ? [{ to: step.next, label: '' }]
        : [
            { to: step.next, label: 'came' },
            { to: step.late, label: `after ${waitText(step.upTo)}` },
          ]
    case 'command':
    case 'start':
    case 'task':
    case 'assign':
      return step.late === null || step.late === step.next
        ? [{ to: step.next, label: '' }]
        : [
            { to: step.next, label: '' },
            { to: step.late, label: 'else' },
          ]
    default:
      return [{ to: step.next, label: '' }]
  }
}

/** Where an arrow points; null: the end of a branch or a saga, which the enclosing step stands for. */
export function nodeOf(to: StepTarget, step: CompiledStep, workflow: CompiledWorkflow): string | null {
  if (to === 'join') return framesOf(workflow, step.frame).length > 0 ? null : 'done'
  return to === 'end' ? 'done' : `s${to}`
}

/** Mermaid reads labels in quotes as they are, but for the quote itself and what looks like markup. */
function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text
  return `"${short
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('\n', ' ')}"`
}
