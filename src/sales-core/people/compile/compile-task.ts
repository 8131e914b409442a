import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import { parseDuration } from '../../../kernel/duration.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { VariableTypes } from '../../conditions/condition-compiler.ts'
import type { PeopleContext } from './compile-assign.ts'
import { pickRule, stringFields } from './compile-assign.ts'
import type { CompiledTask, CompiledTo } from '../compiled-people.ts'
import type { TaskSpec, WhomSpec } from '../people-shape.ts'

/** What compiling a task needs beside its place. */
export interface TaskContext extends PeopleContext {
  readonly variables: VariableTypes
}

/** A compiled task, and the variables that it reads. */
export interface TaskParts {
  readonly task: CompiledTask
  readonly roots: ReadonlySet<string>
}

const managerWord = 'manager'

/**
 * Compiles `task:`. `to` is a text with {{ }}, `manager`, a field of the entity, or a member of a team of this configuration, in
 * this order. Whether Teams and the Calendar exist is a reference (`peopleReferences`).
 */
export function compileTask(spec: TaskSpec, context: TaskContext, path: DocumentPath): TaskParts {
  const { log, variables } = context
  const title = log.text(spec.title, variables, [...path, 'title'])
  const text = spec.text === undefined ? null : log.text(spec.text, variables, [...path, 'text'])
  const whoms: CompiledTo[] = []
  const whom = (value: WhomSpec, at: DocumentPath): CompiledTo => {
    const to = compileTo(value, context, at)
    whoms.push(to)
    return to
  }
  const to = whom(spec.to, [...path, 'to'])
  const ladder = (spec.escalate ?? []).map((rung, index) => ({
    afterMs: parseDuration(rung.after),
    to:
      rung.to === undefined
        ? { kind: 'team' as const, team: rung.reassign ?? '', pick: pickRule({}) }
        : whom(rung.to, [...path, 'escalate', index, 'to']),
  }))
  if (spec.clock === 'business' && spec.calendar === undefined) checkCalendar(context, path)
  const roots = new Set([
    ...title.roots,
    ...(text?.roots ?? []),
    ...whoms.flatMap((one) => rootsOf(one, context)),
  ])
  const task: CompiledTask = {
    title,
    text,
    to,
    dueMs: spec.due === undefined ? null : parseDuration(spec.due),
    clock: spec.clock ?? 'wall',
    calendar: spec.calendar ?? null,
    ladder,
  }
  return { task, roots }
}

function rootsOf(to: CompiledTo, { types, subjects }: TaskContext): readonly string[] {
  if (to.kind === 'text') return [...to.text.roots]
  if (to.kind !== 'field') return []
  const having = subjects.filter((kind) => types.entities.get(kind)?.fields.has(to.field))
  return having.length === 1 ? having : []
}

function checkCalendar({ types, log }: TaskContext, path: DocumentPath): void {
  if (types.people.calendars.size > 0) return
  log.add({
    code: 'NX-TASK-CALENDAR',
    message: 'Business hours are nowhere declared',
    fix: 'Add a Calendar and name it: calendar: office.',
    path: [...path, 'clock'],
  })
}

function compileTo(value: WhomSpec, context: TaskContext, path: DocumentPath): CompiledTo {
  if (typeof value !== 'string') return { kind: 'team', team: value.team, pick: pickRule(value) }
  const { types, log, variables, subjects } = context
  if (value.includes('{{') || value.includes('{%'))
    return { kind: 'text', text: log.text(value, variables, path) }
  const fields = stringFields(types, subjects)
  if (fields.includes(value)) return { kind: 'field', field: value }
  if (value === managerWord) return { kind: 'manager' }
  const { reps, teams } = types.people
  if (!reps.has(value)) {
    const near = nearestName(value, [...fields, ...reps, managerWord])
    const team = teams.has(value) ? `{ team: ${value} }` : null
    log.add({
      code: 'NX-TASK-TO',
      message: `'${value}' is no member of a Team, and no text field of ${subjects.join(', ') || 'the entity'}`,
      fix:
        team !== null
          ? `It is a Team: write ${team}.`
          : near === null
            ? 'Name a member of a Team, a field such as owner, manager, or { team: closers }.'
            : `Did you mean '${near}'?`,
      path,
      ...(team === null && near !== null ? { replace: { from: value, to: near } } : {}),
    })
  }
  return { kind: 'rep', rep: value }
}
