import { string } from '@oclif/core/flags'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { InstanceCommand, instanceArgs, instanceFlags } from '../../src/cli/workflows/instance-command.ts'
import type { InstancePlan } from '../../src/cli/workflows/instance-command.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { isJsonObject } from '../../src/kernel/json.ts'
import type { JsonObject, JsonValue } from '../../src/kernel/json.ts'

const dataCharsMax = 65_536

export default class WorkflowSignal extends InstanceCommand {
  static override summary = 'Tell waiting workflow instances that what they wait for has come.'
  static override description =
    'As if the event had come, for these instances alone: rules do not hear it, and its conditions (where) count. An instance that does not wait for such an event goes on as it is. --reason is required.'
  static override examples = [
    {
      description: 'The answer came by telephone:',
      command:
        'neuronx workflow signal 0198c2d4-… --event message.received --data \'{"direction":"inbound"}\' --tenant acme --reason "called back"',
    },
    {
      description: 'Everybody who waits at a step, looked at first:',
      command:
        'neuronx workflow signal --workflow speed-to-lead --step reply --event message.received --tenant acme --reason "inbox was down" --dry-run',
    },
  ]
  static override args = instanceArgs
  static override flags = {
    ...instanceFlags,
    event: string({ required: true, summary: 'Type of the event.', helpValue: 'TYPE' }),
    data: string({ default: '{}', summary: 'Data of the event, a JSON object.', helpValue: 'JSON' }),
  }

  override async run(): Promise<BulkResult<InstancePlan>> {
    const { args, flags } = await this.parse(WorkflowSignal)
    const action = { kind: 'signal', event: flags.event, data: parseData(flags.data) } as const
    return this.ask(args.instance ?? [], flags, action, 'Signal')
  }
}

function parseData(text: string): JsonObject {
  let value: JsonValue = null
  try {
    if (text.length <= dataCharsMax) value = JSON.parse(text) as JsonValue
  } catch {
    // Said below.
  }
  if (isJsonObject(value)) return value
  throw new NxError('usage', 'NX-SIGNAL-DATA', 'The data is not a JSON object', {
    detail: `At most ${dataCharsMax} characters.`,
    fix: 'Write --data \'{"name": "value"}\'.',
  })
}
