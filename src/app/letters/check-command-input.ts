import { compileIntegrations } from '../../adapters/connectors/compile-integrations.ts'
import { previewBaseUrl } from '../../adapters/connectors/definition/fill-connection.ts'
import { renderRequest } from '../../adapters/connectors/render-request.ts'
import { NxError } from '../../kernel/errors.ts'
import type { JsonObject } from '../../kernel/json.ts'
import type { Command } from '../../messaging/commands/command.ts'
import { parseEntityKey } from '../../messaging/events/entity-key.ts'
import { activeDocuments } from '../configuration/active-documents.ts'
import type { Operator } from '../operator.ts'

/**
 * Would the operation that a command asks for take this input? Renders the request with the active configuration and no
 * credentials, and sends nothing. Throws NX-CONNECTOR-INPUT (invalid) when it does not fit, NX-INTEGRATION-GONE and
 * NX-OPERATION-GONE (configuration) when there is nothing it could fit.
 */
export async function checkCommandInput(
  { revisions }: Pick<Operator, 'revisions'>,
  command: Command,
  input: JsonObject,
): Promise<void> {
  const { byName } = compileIntegrations(await activeDocuments(revisions, command))
  const integration = byName.get(command.integration)
  if (integration === undefined)
    throw gone('NX-INTEGRATION-GONE', `The configuration has no integration '${command.integration}'`)
  const operation = integration.connector.operations.get(command.operation)
  if (operation === undefined) {
    throw gone('NX-OPERATION-GONE', `'${command.integration}' has no operation '${command.operation}'`)
  }
  try {
    renderRequest({
      operation,
      baseUrl: previewBaseUrl(integration.baseUrl, integration.connection),
      input,
      connection: integration.connection,
      entity: parseEntityKey(command.entityKey).subject,
      idempotencyKey: command.idempotencyKey,
    })
  } catch (error) {
    if (!(error instanceof NxError) || error.kind !== 'invalid') throw error
    throw new NxError(
      'invalid',
      error.code,
      `The input does not fit ${command.integration}.${command.operation}`,
      {
        cause: error,
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        fix: 'Change the patch; nothing was written.',
      },
    )
  }
}

function gone(code: string, title: string): NxError {
  return new NxError('configuration', code, title, {
    fix: 'Apply a configuration that has it, or resolve the letter: neuronx dlq resolve --help',
  })
}
