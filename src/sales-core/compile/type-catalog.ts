import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { MessageTemplate } from '../templates/message-template.ts'
import type { FieldMerge } from '../types/field-merge.ts'
import type { FieldType, StructType } from '../types/field-type.ts'
import { jsonType, listOf, nullable, scalar, structOf } from '../types/field-type.ts'

/** A declared event: its data, and the kind of entity that takes the data over (null: none). */
export interface EventTypeInfo {
  readonly type: string
  readonly folds: string | null
  readonly data: StructType
  /** Made by the system or by a score's band: it has no EventType document. */
  readonly builtIn: boolean
}

/** What a configuration declares: the types that everything else is checked against. */
export interface TypeCatalog {
  readonly events: ReadonlyMap<string, EventTypeInfo>
  /** Declared fields by entity kind, `id` included. */
  readonly entities: ReadonlyMap<string, StructType>
  /** The declared feature flags, each a bool. */
  readonly flags: StructType
  /** The work that one condition may do, in steps. */
  readonly evaluationFuel: number
  /** Fields that scores write: `lead.score` -> the LeadScore's name. */
  readonly scoredFields: ReadonlyMap<string, string>
  /** How writes of several rules to one field are put together: `lead.points` -> sum. */
  readonly merges: ReadonlyMap<string, FieldMerge>
  /** Workflow name -> the entity kind it is for. */
  readonly workflows: ReadonlyMap<string, string>
  /** Messages that a send may name: by the Template's name. Left out: none. */
  readonly templates?: ReadonlyMap<string, MessageTemplate>
  /** Names that `assign` and `task` may use. */
  readonly people: PeopleNames
}

export interface PeopleNames {
  readonly teams: ReadonlySet<string>
  /** Members and managers of all teams. */
  readonly reps: ReadonlySet<string>
  readonly calendars: ReadonlySet<string>
}

/** The variable `meta`: the event's envelope. */
const metaType = structOf({
  id: scalar('string'),
  type: scalar('string'),
  source: scalar('string'),
  subject: scalar('string'),
  time: scalar('timestamp'),
  depth: scalar('int'),
})

/** Data of the events that commands end with. */
const commandResult = {
  commandId: scalar('string'),
  integration: scalar('string'),
  operation: scalar('string'),
  cause: scalar('string'),
}

/** Tells that a chain of rules was stopped: `reason` is repeated, depth or rate; `path` the rules that led there. */
export const loopStoppedType = 'automation.loop_stopped'

/** A person tries an integration out (`adapter test --send`): where the command comes from. */
export const integrationTestType = 'integration.test_requested'

/** The events that the system itself makes. */
export const systemEvents: readonly EventTypeInfo[] = [
  {
    type: 'command.succeeded',
    folds: null,
    builtIn: true,
    data: structOf({ ...commandResult, result: jsonType }),
  },
  {
    type: 'command.failed',
    folds: null,
    builtIn: true,
    data: structOf({
      ...commandResult,
      error: nullable(
        structOf({ code: scalar('string'), message: scalar('string'), status: scalar('int', true) }),
      ),
    }),
  },
  {
    type: 'command.cancelled',
    folds: null,
    builtIn: true,
    data: structOf({
      ...commandResult,
      reason: scalar('string'),
      insteadCommandId: scalar('string', true),
    }),
  },
  {
    type: 'timer.due',
    folds: null,
    builtIn: true,
    // A workflow's wait, or a rule's.
    data: structOf({
      instanceId: scalar('string', true),
      seq: scalar('int', true),
      wait: scalar('string', true),
    }),
  },
  {
    type: loopStoppedType,
    folds: null,
    builtIn: true,
    data: structOf({
      reason: scalar('string'),
      rule: scalar('string'),
      path: listOf(scalar('string')),
      root: scalar('string'),
    }),
  },
  {
    type: integrationTestType,
    folds: null,
    builtIn: true,
    data: structOf({ operation: scalar('string'), command_id: scalar('string') }),
  },
  {
    type: 'saga.undo_failed',
    folds: null,
    builtIn: true,
    data: structOf({
      workflow: scalar('string'),
      saga: scalar('string'),
      step: scalar('string'),
      error: scalar('string'),
      instance: scalar('string'),
    }),
  },
]

/** Data of an event that a score's band emits. */
export const bandEventData = structOf({
  model: scalar('string'),
  band: scalar('string'),
  previousBand: scalar('string', true),
  score: scalar('number'),
  previousScore: scalar('number'),
})

export interface VariableChoice {
  /** The event whose data is `event`; undefined: there is no `event` and no `meta`. */
  readonly event?: EventTypeInfo | undefined
  /** Entity kinds to offer as variables. */
  readonly entities: readonly string[]
  readonly vars?: StructType | undefined
}

const known = new WeakMap<TypeCatalog, Map<string, VariableTypes>>()

/** The variables of a condition or text, with their types. The same choice gives the same object: thousands of rules share it. */
export function variablesFor(catalog: TypeCatalog, choice: VariableChoice): VariableTypes {
  if (choice.vars !== undefined) return makeVariables(catalog, choice)
  const shared = known.get(catalog) ?? new Map<string, VariableTypes>()
  known.set(catalog, shared)
  const key = `${choice.event?.type ?? ''} ${choice.entities.join(' ')}`
  const variables = shared.get(key) ?? makeVariables(catalog, choice)
  shared.set(key, variables)
  return variables
}

function makeVariables(catalog: TypeCatalog, choice: VariableChoice): VariableTypes {
  const variables = new Map<string, FieldType>([
    ['now', scalar('timestamp')],
    ['tenant', scalar('string')],
    ['flags', catalog.flags],
  ])
  if (choice.event !== undefined) {
    variables.set('event', choice.event.data)
    variables.set('meta', metaType)
  }
  for (const kind of choice.entities) {
    const fields = catalog.entities.get(kind)
    if (fields !== undefined) variables.set(kind, fields)
  }
  if (choice.vars !== undefined) variables.set('vars', choice.vars)
  return variables
}

/** The kinds of entity that an event may be about: the one that folds it, else any. */
export function subjectsOf(catalog: TypeCatalog, event: EventTypeInfo | undefined): readonly string[] {
  return event?.folds == null ? [...catalog.entities.keys()] : [event.folds]
}
