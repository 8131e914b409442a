import type { Reference } from '../../control-plane/documents/document-kind.ts'
import type { DocumentPath } from '../../control-plane/documents/document.ts'
import { messageEventTypes } from '../policies/message-events.ts'
import { builtInEventTypes } from './event-type-kind.ts'
import type { SendSpec } from './rule-set-spec.ts'

/** A use of an event type; the system's own need no declaration. */
export function eventReferences(name: string, path: DocumentPath): readonly Reference[] {
  if (builtInEventTypes.has(name) || messageEventTypes.has(name)) return []
  return [
    { space: 'event', name, path, fix: `Declare an EventType named ${name}, with the fields it carries.` },
  ]
}

/** What a rule's action or a workflow's step needs from the integrations. */
export function actionReferences(
  action: {
    readonly call?: string | undefined
    readonly send?: SendSpec | undefined
    readonly notify?: { readonly channel: string } | undefined
  },
  path: DocumentPath,
): readonly Reference[] {
  const references: Reference[] = []
  if (action.call !== undefined) {
    references.push({
      space: 'operation',
      name: action.call,
      path: [...path, 'call'],
      fix: 'Add an Integration with that operation.',
    })
  }
  if (action.send?.template !== undefined) {
    references.push({
      space: 'template',
      name: action.send.template,
      path: [...path, 'send', 'template'],
      fix: 'Declare a Template of that name.',
    })
  }
  for (const verb of ['send', 'notify'] as const) {
    const name = action[verb]?.channel
    if (name === undefined) continue
    const fix = 'Add an Integration that serves the channel.'
    references.push({ space: 'channel', name, path: [...path, verb, 'channel'], fix })
  }
  return references
}
