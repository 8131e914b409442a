import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { foundOr } from '../../src/cli/errors/not-found.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'
import { renderFacts } from '../../src/cli/views/table.ts'
import type { DeadLetter } from '../../src/messaging/dead-letters/dead-letter.ts'

export default class DlqShow extends OperatorCommand<DeadLetter> {
  static override summary = 'Show one dead letter with its payload.'
  static override description = 'Credentials were removed before the payload was stored.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq show 0199… --tenant acme' },
    {
      description: 'The payload alone:',
      command: 'neuronx dlq show 0199… --tenant acme --json | jq .data.payload',
    },
  ]
  static override args = { id: requiredArg('Id of the dead letter.') }
  static override flags = { ...tenantFlag }

  override async run(): Promise<DeadLetter> {
    const { args, flags } = await this.parse(DlqShow)
    return this.withTenant(flags.tenant, 'dead_letter.read', async ({ operator, tenant }) =>
      foundOr(
        await operator.messages.deadLetter(tenant.id, args.id),
        'dead letter',
        args.id,
        'neuronx dlq list',
      ),
    )
  }

  protected override render(letter: DeadLetter): void {
    const facts = [
      ['ID', letter.id],
      ['STATUS', letter.status],
      ['SOURCE', letter.source],
      ['CLASS', letter.class],
      ['CODE', letter.code],
      ['REASON', letter.reason],
      ['GROUP', letter.fingerprint],
      ['INTEGRATION', letter.integration],
      ['ENTITY', letter.entityKey],
      ['CAUSE', letter.cause],
      ['EVENT', letter.eventId],
      ['COMMAND', letter.commandId],
      ['CREATED', letter.createdAt],
      ['REPLAYS', letter.replays],
    ] as const
    this.output.print(renderFacts(facts, this.output))
    this.output.print(`\n${this.output.theme.faint('PAYLOAD')}\n${renderJson(letter.payload)}`)
    if (letter.status === 'open')
      this.output.tell(`\nnext  neuronx dlq replay ${letter.id} --tenant ${this.tenantSlug}`)
  }
}
