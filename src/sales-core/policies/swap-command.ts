import { derivedId } from '../../kernel/ids.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { movedKey } from '../../messaging/commands/moved-key.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import { vendorParams } from '../templates/message-template.ts'
import type { VendorTemplate } from './compiled-policy.ts'

const keptMembers = ['text', 'contact_id', 'attachments'] as const

/**
 * The same message over another channel, as a command of its own: it queues in the lane of the integration that serves the channel
 * and passes the gate itself. null: it has no text, nobody serves the channel, or nobody knows the address there.
 */
export function movedCommand(
  command: Command,
  channel: string,
  catalog: Pick<IntegrationCatalog, 'channel'>,
  fields: JsonObject,
  now: Date,
): Command | null {
  const operation = catalog.channel(channel)
  const { text, to: givenTo } = command.input
  if (operation === null || typeof text !== 'string') return null
  const address = fields[channel === 'email' ? 'email' : 'phone']
  if (givenTo !== undefined && (typeof address !== 'string' || address === '')) return null
  const input = Object.fromEntries(
    keptMembers.flatMap((name) => (command.input[name] === undefined ? [] : [[name, command.input[name]]])),
  )
  const idempotencyKey = movedKey(command.idempotencyKey, channel)
  return {
    ...command,
    id: derivedId('command', idempotencyKey),
    integration: operation.integration,
    operation: operation.operation,
    repeatable: operation.repeatable,
    input: { ...input, channel, ...(givenTo === undefined ? {} : { to: address ?? null }) },
    idempotencyKey,
    dueAt: now.toISOString(),
    parentId: command.id,
  }
}

/**
 * The input that sends a vendor's template in the place of a text. null: a parameter is not known of the entity, or the operation
 * takes no templates.
 */
export function templateInput(
  { input }: Pick<Command, 'input'>,
  template: VendorTemplate,
  fields: JsonObject,
  accepted: ReadonlySet<string> | null,
): JsonObject | null {
  if (accepted !== null && !accepted.has('template_id')) return null
  const values = template.params.map((name) => (Object.hasOwn(fields, name) ? fields[name] : null))
  if (values.some((value) => value === undefined || value === null || isBlank(value))) return null
  const offered: JsonObject = {
    template_id: template.name,
    ...(template.language === null ? {} : { language: template.language }),
    ...(values.length === 0 ? {} : { params: vendorParams(template, fields) }),
  }
  // Parameters that the operation has no place for would be lost: then the vendor fills the template by itself, as some do.
  const usable = Object.entries(offered).filter(([name]) => accepted === null || accepted.has(name))
  const { text: _text, subject: _subject, html: _html, ...rest } = input
  return { ...rest, ...Object.fromEntries(usable) }
}

function isBlank(value: JsonValue): boolean {
  return typeof value === 'string' && value.trim() === ''
}
