import type { FieldHelp } from '../../../control-plane/documents/document-kind.ts'
import { effectFieldHelp } from './rule-set-field-help.ts'

/** What an editor says about the fields of a Workflow. */
export const workflowFieldHelp: FieldHelp = {
  ...effectFieldHelp,
  for: 'The kind of entity that it runs for.',
  start: 'Which events start it. Without it only rules do.',
  'start.on': 'The type of event.',
  'start.when': 'A condition (CEL) that has to hold.',
  budget: 'When an instance has to be over.',
  'budget.steps': 'Steps that one instance may take, 1 to 10000.',
  'budget.age': 'How long one instance may live: 30d.',
  steps: 'The steps. Each goes on to the next unless then, else or go says otherwise.',
  'steps[].id': 'Its id: unique in the workflow; others go to it by it.',
  'steps[].wait': 'Waits: 2d, or { days: 2, hours: 4 }.',
  'wait.duration': 'How long, such as 2d.',
  'wait.days': 'Days of it.',
  'wait.hours': 'Hours of it.',
  'wait.minutes': 'Minutes of it.',
  'wait.seconds': 'Seconds of it.',
  'steps[].wait_for': 'Waits for an event about the entity.',
  'wait_for.event': 'The type of event.',
  'wait_for.where': 'A condition (CEL) that the event has to meet.',
  'steps[].up_to': 'How long a wait_for waits before it goes to `else`.',
  'steps[].choose': 'Goes to the first branch whose condition holds.',
  'choose[].when': 'A condition (CEL).',
  'choose[].go': 'The step that it goes to, or end.',
  'choose[].else': 'Where it goes when no branch holds, or end.',
  'steps[].then': 'The step that comes next, or end.',
  'steps[].go': 'The same as then.',
  'steps[].else': 'Where a wait_for goes when up_to is over, or end.',
}
