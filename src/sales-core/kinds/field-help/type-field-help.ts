import type { FieldHelp } from '../../../control-plane/documents/document-kind.ts'

/** What an editor says about the fields of an EntityType. */
export const entityTypeFieldHelp: FieldHelp = {
  fields:
    'The fields by name: string, number, int, bool, timestamp, duration, json, list<T>, map<T>, or a mapping of fields. `?` may be absent; `number = 0` gives a default.',
  merge:
    'What becomes of a field that several rules set for one event: { points: sum, tags: union }; first, max, min, sum or union. Undeclared: that is an error.',
}

/** What an editor says about the fields of an EventType. */
export const eventTypeFieldHelp: FieldHelp = {
  folds: 'The kind of entity that takes over the fields of the same name.',
  fields: 'The data that the event carries, by name; types as in an EntityType.',
}
