import { derivedId } from '../../../kernel/ids.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { jsonEqual } from '../../../kernel/json-equal.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { Command } from '../../../messaging/commands/command.ts'
import { movedKey } from '../../../messaging/commands/moved-key.ts'
import { parseEntityKey } from '../../../messaging/events/entity-key.ts'
import type { CompiledOperation } from '../compile-connector.ts'
import type { Integration } from '../integration.ts'
import { renderRequest } from '../render-request.ts'

/** Stands for the address, which does not matter to whether a request can be made. */
const anyBaseUrl = 'https://failover.invalid'

/** A message and where it goes instead. */
export interface SendMove {
  readonly command: Command
  readonly channel: string
  readonly from: Integration
  readonly to: Integration
  /** What is known of the entity. */
  readonly fields: JsonObject
  readonly now: Date
}

/**
 * The same message on the same channel over another integration, as a command of its own that passes the gate itself. null: something
 * of it would be lost there (a member that the operation does not read, a template that another vendor keeps, an id or a number of
 * another account), or nobody knows the address.
 */
export function moveSend(move: SendMove): Command | null {
  const { command, channel, from, to, now } = move
  const operation = to.connector.operations.get(to.channels[channel] ?? '')
  if (operation === undefined) return null
  const input = inputThere(move, operation)
  if (input === null) return null
  const idempotencyKey = movedKey(command.idempotencyKey, `@${to.name}`)
  const moved: Command = {
    ...command,
    id: derivedId('command', idempotencyKey),
    integration: to.name,
    operation: operation.name,
    repeatable: operation.repeatable,
    input,
    idempotencyKey,
    dueAt: now.toISOString(),
    parentId: command.id,
  }
  return from.name !== to.name && canBeMade(moved, to, operation) ? moved : null
}

function inputThere({ command, channel, from, to, fields }: SendMove, operation: CompiledOperation) {
  const reads = (member: string): boolean => operation.inputs === null || operation.inputs.has(member)
  const { connector, vendor } = from.connector.definition
  const sameVendor =
    connector === to.connector.definition.connector && vendor === to.connector.definition.vendor
  const sameAccount = sameVendor && jsonEqual(from.connection, to.connection)
  // Both know people by ids, and not by the same: who has that id there may be anybody.
  if (sameVendor && !sameAccount && reads('contact_id')) return null
  const entityId = parseEntityKey(command.entityKey).subject.id
  const input: Record<string, JsonObject[string]> = {}
  for (const [member, value] of Object.entries(command.input)) {
    if (value === null || value === undefined) continue
    if ((member === 'template_id' || member === 'template') && !sameVendor) return null
    // A number belongs to the account that it was bought for: another vendor refuses it for good.
    if (member === 'from_number' && !sameAccount) return null
    if (reads(member) && (member !== 'contact_id' || sameAccount)) input[member] = value
    // Whom one vendor knows by an id of its own, another reaches by the address of the same entity.
    else if (member !== 'contact_id' || value !== entityId) return null
  }
  if (input['to'] === undefined && reads('to') && operation.inputs !== null) {
    const address = fields[channel === 'email' ? 'email' : 'phone']
    if (typeof address === 'string' && address !== '') input['to'] = address
  }
  return { ...input, channel }
}

/** With what the connection holds; what comes with a token is not known here. */
function canBeMade(command: Command, to: Integration, operation: CompiledOperation): boolean {
  try {
    renderRequest({
      operation,
      baseUrl: anyBaseUrl,
      connection: to.connection,
      input: command.input,
      entity: parseEntityKey(command.entityKey).subject,
      idempotencyKey: command.idempotencyKey,
    })
    return true
  } catch (error) {
    if (error instanceof NxError) return false
    throw error
  }
}
