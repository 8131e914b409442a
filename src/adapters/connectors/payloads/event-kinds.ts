import type { JsonObject } from '../../../kernel/json.ts'
import type { EventMapping } from '../webhooks/webhook-definition.ts'

// Seen in the vendors' own examples: messages without an id of their own.
const optionalIds: ReadonlySet<string> = new Set(['messageId'])

/** One mapping per type of payload. The first field of `data` is the thing's own id: without it the payload means nothing. */
export function kinds(
  data: JsonObject,
  lead: string | undefined,
  types: Readonly<Record<string, string>>,
): readonly EventMapping[] {
  const covers = [...new Set(JSON.stringify(data).match(/(?<=body\.)\w+/g) ?? [])]
  const requires = Object.values(data).flatMap((leaf, index) => {
    const id =
      index === 0 && typeof leaf === 'string' ? /^\{\{ body\.([\w.]+) \}\}$/.exec(leaf)?.[1] : undefined
    return id === undefined || optionalIds.has(id) ? [] : [id]
  })
  return Object.entries(types).map(([when, emit]) => ({
    when,
    emit,
    data,
    covers,
    requires,
    ...(lead === undefined ? {} : { lead }),
  }))
}
