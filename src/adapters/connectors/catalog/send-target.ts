import type { SendTarget } from '../../../sales-core/policies/send-target.ts'
import type { Integration } from '../integration.ts'

/** What carries messages, by its effect or by the channel that it serves, is a send whatever else it says; null: there is none. */
export function sendTarget(
  { mode, connector }: Pick<Integration, 'mode' | 'connector'>,
  operation: string,
): SendTarget | null {
  const compiled = connector.operations.get(operation)
  if (compiled === undefined) return null
  // The connector's own channels, not only those that the document leaves on: a message is one by whatever it can carry.
  const served = Object.entries(connector.definition.channels)
    .filter(([, name]) => name === operation)
    .map(([channel]) => channel)
  const { effect } = compiled.definition
  const sends = effect === 'send' || served.length > 0
  return {
    mode,
    effect: sends ? 'send' : effect === 'read' ? 'read' : 'call',
    channels: served,
    inputs: compiled.inputs,
  }
}
