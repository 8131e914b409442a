import { integer, string } from '@oclif/core/flags'
import { setTimeout as pause } from 'node:timers/promises'
import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { plainLine } from '../../src/cli/text/plain-text.ts'
import type { EventView } from '../../src/messaging/reading/event-reader.ts'

interface TailResult {
  readonly printed: number
}

const batchMax = 200

export default class EventTail extends OperatorCommand<TailResult> {
  static override readonly style = 'stream'
  static override summary = 'Follow events as they are accepted.'
  static override description =
    'Prints every event of the tenant from now on, oldest first, until it is interrupted. With --json one event a line, without an envelope.'
  static override examples = [
    { description: 'Everything:', command: 'neuronx event tail --tenant acme' },
    {
      description: 'The next five replies as JSON:',
      command: 'neuronx event tail --tenant acme --type message.received --count 5 --json',
    },
  ]
  static override flags = {
    ...tenantFlag,
    type: string({ summary: 'Only events of this type.', helpValue: 'TYPE' }),
    count: integer({
      min: 1,
      max: 1_000_000,
      summary: 'End after this many. Default: never.',
      helpValue: 'N',
    }),
    'interval-ms': integer({
      min: 50,
      max: 60_000,
      default: 250,
      summary: 'How often to look, in milliseconds.',
      helpValue: 'MS',
    }),
  }

  override async run(): Promise<TailResult> {
    const { flags } = await this.parse(EventTail)
    const stop = this.interrupted()
    return this.withTenant(flags.tenant, 'event.read', async ({ operator, tenant }) => {
      let printed = 0
      let { cursor } = await operator.messages.eventsAfter(tenant.id, null, 1)
      if (!this.jsonEnabled() && this.output.isTerminal) this.output.tell('waiting for events; Ctrl-C ends')
      while (!stop.aborted) {
        const page = await operator.messages.eventsAfter(tenant.id, cursor, batchMax)
        cursor = page.cursor
        for (const event of page.items) {
          if (flags.type !== undefined && event.type !== flags.type) continue
          this.#print(event)
          printed += 1
          if (printed === flags.count) return { printed }
        }
        if (page.items.length < batchMax)
          await pause(flags['interval-ms'], null, { signal: stop }).catch(() => {})
      }
      return { printed }
    })
  }

  protected override render(): void {
    // A stream has printed everything by the time it ends.
  }

  #print(event: EventView): void {
    if (this.jsonEnabled()) return this.output.print(JSON.stringify(event))
    const { faint, strong } = this.output.theme
    const subject = plainLine(`${event.subject.kind}/${event.subject.id}`)
    this.output.print(
      `${faint(event.acceptedAt)}  ${strong(event.type)}  ${subject}  ${faint(event.origin)}  ${event.id}`,
    )
  }
}
