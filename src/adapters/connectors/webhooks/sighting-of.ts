import type { JsonObject } from '../../../kernel/json.ts'
import { seenFields } from '../../../messaging/intake/sighting.ts'
import type { Sighting } from '../../../messaging/intake/sighting.ts'
import { isId, valueIn } from './map-payload.ts'
import type { CompiledMapping, PayloadScope } from './map-payload.ts'

/** By what an event is recognised when a poll and a webhook both tell of it; null: its mapping has no rule, or the payload lacks the id. */
export function sightingOf(
  { mapping, alike }: CompiledMapping,
  scope: PayloadScope,
  data: JsonObject,
  at: Date,
  by: Sighting['by'],
): Sighting | null {
  const rule = mapping.alike
  if (rule === undefined) return null
  const objects = alike.map((one) => valueIn(one, scope)).filter(isId)
  if (objects.length === 0) return null
  return {
    by,
    objects: by === 'delivery' ? objects.slice(0, 1) : objects,
    types: rule.types,
    fields: seenFields(data, rule.compares),
    identifies: rule.identifies ?? [],
    id: rule.id ?? null,
    at: at.toISOString(),
  }
}
