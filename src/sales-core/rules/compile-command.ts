import type { DocumentPath } from '../../control-plane/documents/document.ts'
import type { CommandPriority } from '../../messaging/commands/command.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { ProblemLog } from '../compile/problem-log.ts'
import type { VariableTypes } from '../conditions/condition-compiler.ts'
import type { IntegrationCatalog } from '../decide/sales-config.ts'
import type { NotifySpec, SendSpec } from '../kinds/rule-set-spec.ts'
import { splitOperation } from '../kinds/schema-parts.ts'
import type { CompiledCommand } from './compiled-rule.ts'
import { compileSend } from './compile-send.ts'
import type { MessageTemplates } from './compile-send.ts'

/** A `call` or `send` of a rule or a step, as it was written. */
export interface CommandSpec {
  readonly call?: string | undefined
  readonly with?: JsonObject | undefined
  readonly send?: SendSpec | undefined
  readonly notify?: NotifySpec | undefined
  readonly priority?: CommandPriority | undefined
}

/**
 * Compiles a `call`, `send` or `notify`; null when the spec is none of them. A send's input is what it says beside the channel, and the channel
 * itself; whom it goes to is the command's entity unless `to` says otherwise.
 */
export function compileCommand(
  spec: CommandSpec,
  variables: VariableTypes,
  catalog: IntegrationCatalog | null,
  log: ProblemLog,
  path: DocumentPath,
  templates: MessageTemplates = new Map(),
): CompiledCommand | null {
  const priority = spec.priority ?? 'normal'
  if (spec.call !== undefined) {
    const { integration, operation } = splitOperation(spec.call)
    return {
      label: `call ${spec.call}`,
      operation: catalog?.operation(integration, operation) ?? null,
      channel: null,
      input: log.value(spec.with ?? {}, variables, [...path, 'with'], 'message'),
      priority,
    }
  }
  if (spec.notify !== undefined) {
    const { channel } = spec.notify
    return {
      label: `notify ${channel}`,
      operation: catalog?.channel(channel) ?? null,
      // Not a send to a contact: nothing holds it back as such.
      channel: null,
      input: log.value(spec.notify as unknown as JsonObject, variables, [...path, 'notify'], 'message'),
      priority,
    }
  }
  if (spec.send === undefined) return null
  const { channel } = spec.send
  return {
    label: `send ${channel}`,
    operation: catalog?.channel(channel) ?? null,
    channel,
    input: compileSend(spec.send, variables, templates, log, [...path, 'send']),
    priority,
  }
}
