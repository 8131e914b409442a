import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/** What the fake vendor answers when all is well: GoHighLevel's shapes at its addresses, `{ok, id}` elsewhere. */
export function vendorAnswer(method: string, url: string, body: JsonValue, id: string): JsonObject {
  const path = url.split('?', 1)[0] ?? ''
  const fields = isJsonObject(body) ? body : {}
  const tags = /^\/contacts\/[^/]+\/tags$/
  const opportunity = /^\/opportunities\/([^/]+)$/
  if (method === 'POST' && path === '/contacts/upsert') {
    return { new: true, contact: { ...fields, id }, traceId: id }
  }
  if (method === 'POST' && tags.test(path)) {
    return { tags: fields['tags'] ?? [], tagsAdded: fields['tags'] ?? [], traceId: id }
  }
  if (method === 'POST' && path === '/conversations/messages') {
    return { conversationId: `conversation-${id}`, messageId: `message-${id}`, traceId: id }
  }
  const deal = opportunity.exec(path)?.[1]
  if (method === 'PUT' && deal !== undefined) {
    return { opportunity: { ...fields, id: decodeURIComponent(deal) }, traceId: id }
  }
  return { ok: true, id }
}
