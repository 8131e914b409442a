import { integer, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import type { FakeState } from '../../src/app/fakes/ask-fakes.ts'
import { requiredArg } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { renderFakeState } from '../../src/cli/views/render-fakes.ts'

const kinds = [
  'rate_limited',
  'server_error',
  'slow',
  'reset_after_effect',
  'schema_change',
  'revoked_token',
  'html',
]

export default class Fault extends NeuronxCommand<FakeState> {
  static override summary = 'Let a fake of `neuronx dev` fail.'
  static override description =
    'rate_limited: 429, nothing done. server_error: 500, nothing done. slow: done, and answered after --after. reset_after_effect: done, and the connection cut without an answer. schema_change: done, and answered in another shape. html: done, and answered with a web page. revoked_token: the credential of the next call is not good any more, until a new one comes or `neuronx fake reset`; with --operation oauth.token no new token is given out.'
  static override examples = [
    { description: 'The next message is refused for now:', command: 'neuronx fake fault slack rate_limited' },
    {
      description: 'The next two messages are sent, and nobody learns of it:',
      command: 'neuronx fake fault gohighlevel reset_after_effect --operation message.send --count 2',
    },
  ]
  static override args = {
    name: requiredArg('Name of the fake.'),
    kind: stringArg({ ignoreStdin: true, required: true, options: kinds, description: 'What goes wrong.' }),
  }
  static override flags = {
    'data-dir': string({
      summary: 'Of the `neuronx dev` that runs it. Default: .neuronx.',
      helpValue: 'DIR',
    }),
    operation: string({
      summary: 'Only calls of this operation. Default: the next, whatever it is.',
      helpValue: 'OPERATION',
    }),
    count: integer({ min: 1, max: 10_000, default: 1, summary: 'How many calls.' }),
    after: integer({
      min: 0,
      max: 120_000,
      summary:
        'slow: when the answer comes (default 30000); rate_limited: how long it asks to wait (default 1000).',
      helpValue: 'MS',
    }),
  }

  override async run(): Promise<FakeState> {
    const { args, flags } = await this.parse(Fault)
    const { dataDir } = await this.settings(flags)
    const { askFault } = await import('../../src/app/fakes/ask-fakes.ts')
    const { operation, count, after } = flags
    return await askFault(dataDir, args.name, {
      kind: args.kind,
      count,
      ...(operation === undefined ? {} : { operation }),
      ...(after === undefined ? {} : { afterMs: after }),
    })
  }

  protected override render(state: FakeState): void {
    this.output.print(renderFakeState(state))
  }
}
