import { string } from '@oclif/core/flags'
import { requiredArg, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { JsonValue } from '../../src/kernel/json.ts'
import type { SettledAs } from '../../src/messaging/commands/command-control.ts'
import { actorName } from '../../src/platform/access/actor.ts'

interface Settled {
  readonly id: string
  readonly outcome: SettledAs['outcome']
}

const outcomes: readonly SettledAs['outcome'][] = ['succeeded', 'retry', 'failed']
const evidenceCharsMax = 2_000

export default class CommandSettle extends OperatorCommand<Settled> {
  static override summary = 'Say what became of a command in doubt.'
  static override description =
    'Its call left and nobody knows whether it took effect: look at the other side, then say. succeeded: it did, and its lane goes on. retry: it certainly did not, try again. failed: it did not and shall not. The evidence is kept in the audit log.'
  static override examples = [
    {
      description: 'The message is in the conversation over there:',
      command:
        'neuronx command settle 6f0e… --tenant acme --outcome succeeded --evidence "seen in the inbox, id 771" --result \'{"message_id":"771"}\'',
    },
    {
      description: 'It never arrived:',
      command: 'neuronx command settle 6f0e… --tenant acme --outcome retry --evidence "not in their log"',
    },
  ]
  static override args = { id: requiredArg('Id of the command.') }
  static override flags = {
    ...tenantFlag,
    outcome: string({
      required: true,
      options: outcomes,
      summary: 'What became of it.',
      helpValue: 'OUTCOME',
    }),
    evidence: string({ required: true, summary: 'How you know; kept in the audit log.', helpValue: 'TEXT' }),
    result: string({ summary: 'With succeeded: its result, as JSON. Default: null.', helpValue: 'JSON' }),
  }

  override async run(): Promise<Settled> {
    const { args, flags } = await this.parse(CommandSettle)
    const evidence = flags.evidence.trim()
    if (evidence === '' || evidence.length > evidenceCharsMax) {
      throw new NxError('usage', 'NX-USAGE', `--evidence must hold 1 to ${evidenceCharsMax} characters`, {
        fix: 'Say how you know what became of it.',
      })
    }
    const as = settledAs(outcomes.find((known) => known === flags.outcome) ?? 'failed', flags.result)
    return this.withTenant(flags.tenant, 'command.settle', async ({ operator, tenant }) => {
      const by = actorName(operator.actor)
      const result = await operator.commandControl.settle(tenant.id, args.id, as, by, evidence)
      if (result.state === 'done') return { id: args.id, outcome: as.outcome }
      const known = await operator.messages.command(tenant.id, args.id)
      throw new NxError(
        known === null ? 'not_found' : 'conflict',
        known === null ? 'NX-COMMAND-NOT-FOUND' : 'NX-COMMAND-NOT-IN-DOUBT',
        known === null ? `There is no command '${args.id}'` : result.why,
        { fix: `neuronx command list --state in_doubt --tenant ${tenant.slug}` },
      )
    })
  }

  protected override render({ id, outcome }: Settled): void {
    const words = { succeeded: 'has succeeded', retry: 'will be tried again', failed: 'has failed' }
    this.output.print(`${id} ${words[outcome]}`)
  }
}

function settledAs(outcome: SettledAs['outcome'], result: string | undefined): SettledAs {
  if (outcome === 'succeeded') return { outcome, result: result === undefined ? null : parsed(result) }
  if (result === undefined) return { outcome }
  throw new NxError('usage', 'NX-USAGE', 'Only what succeeded has a result', { fix: 'Leave out --result.' })
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    throw new NxError('usage', 'NX-USAGE', '--result is not JSON', {
      fix: 'Quote it for the shell, such as --result \'{"message_id":"771"}\'.',
    })
  }
}
