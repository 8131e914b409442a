import { string } from '@oclif/core/flags'
import { dryRunFlag, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { readInput } from '../../src/cli/read-input.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { AcceptedEvent } from '../../src/messaging/intake/event-intake.ts'

interface PublishResult {
  readonly dryRun: boolean
  readonly events: number
  readonly accepted: readonly AcceptedEvent[]
}

interface EventFlags {
  readonly type?: string | undefined
  readonly subject?: string | undefined
  readonly data: string
  readonly source: string
  readonly id?: string | undefined
}

export default class EventPublish extends OperatorCommand<PublishResult> {
  static override summary = 'Accept events, as the HTTP gateway would.'
  static override description =
    'Takes CloudEvents from a file or from stdin (JSON: one, an array, or one a line; YAML: documents, each one or a list), or makes one from flags. None is accepted unless all of them can be read. They are durable when the command ends; the daemon does the rest. An id that was accepted before has no second effect.'
  static override examples = [
    {
      description: 'One event from flags:',
      command: `neuronx event publish --tenant acme --type lead.created --subject lead/42 --data '{"name":"Ada"}'`,
    },
    {
      description: 'Many from a file, one a line:',
      command: 'neuronx event publish --tenant acme --from events.jsonl',
    },
    {
      description: 'From another program:',
      command: 'export-leads | neuronx event publish --tenant acme --from -',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...dryRunFlag,
    from: string({
      summary: 'A file of CloudEvents, - for stdin.',
      helpValue: 'FILE',
      exclusive: ['type', 'subject', 'id'],
    }),
    type: string({ summary: 'Type of the event, such as lead.created.', helpValue: 'TYPE' }),
    subject: string({ summary: 'The entity it is about.', helpValue: 'KIND/ID', dependsOn: ['type'] }),
    data: string({ default: '{}', summary: 'Its data, a JSON object.', helpValue: 'JSON' }),
    source: string({ default: 'neuronx-cli', summary: 'Who says so.', helpValue: 'NAME' }),
    id: string({
      summary: "The producer's id of the event. Default: a new one.",
      helpValue: 'ID',
      dependsOn: ['type'],
    }),
  }

  override async run(): Promise<PublishResult> {
    const { flags } = await this.parse(EventPublish)
    const { publishBytesMax, publishEvents } = await import('../../src/app/publish-events.ts')
    const { readCloudEvents } = await import('../../src/app/events/read-cloud-events.ts')
    const events =
      flags.from === undefined
        ? readCloudEvents(await cloudEventOf(flags))
        : readCloudEvents(await readInput(flags.from, publishBytesMax), flags.from)
    return this.withTenant(flags.tenant, 'event.publish', async ({ operator, tenant }) => {
      if (flags['dry-run']) return { dryRun: true, events: events.length, accepted: [] }
      const accepted = await publishEvents(operator, tenant, flags.workspace, events)
      return { dryRun: false, events: events.length, accepted }
    })
  }

  protected override render({ dryRun, events, accepted }: PublishResult): void {
    if (dryRun) return this.output.print(`${events} would be published`)
    const columns = [
      { title: 'ID', value: (event: AcceptedEvent) => event.id },
      { title: 'STATE', value: (event: AcceptedEvent) => (event.duplicate ? 'known already' : 'accepted') },
    ]
    this.output.print(renderTable(accepted, columns, this.output))
    const [first] = accepted
    if (accepted.length === 1 && first !== undefined)
      this.output.tell(`next  neuronx event trace ${first.id} --tenant ${this.tenantSlug}`)
  }
}

/** The event that the flags describe, as CloudEvents JSON. */
async function cloudEventOf(flags: EventFlags): Promise<string> {
  if (flags.type === undefined) {
    throw new NxError('usage', 'NX-USAGE', 'Which event?', {
      fix: 'Add --from FILE, or --type and --subject.',
    })
  }
  const { newId } = await import('../../src/kernel/ids.ts')
  return JSON.stringify({
    specversion: '1.0',
    id: flags.id ?? newId(),
    source: flags.source,
    type: flags.type,
    ...(flags.subject === undefined ? {} : { subject: flags.subject }),
    data: dataOf(flags.data),
  })
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NxError('usage', 'NX-USAGE', '--data is not JSON', {
      cause,
      fix: `Quote it for the shell: --data '{"name":"Ada"}'`,
    })
  }
}
