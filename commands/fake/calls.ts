import { integer, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import type { FakeCall } from '../../src/app/fakes/ask-fakes.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { renderFakeCalls } from '../../src/cli/views/render-fakes.ts'

interface FakeCalls {
  readonly calls: readonly FakeCall[]
}

export default class Calls extends NeuronxCommand<FakeCalls> {
  static override summary = 'Show what the fakes of `neuronx dev` were asked for.'
  static override description =
    'The newest calls, in order. DONE says whether it changed anything at the vendor: what was refused and repeats of a known key did not. WHY says why the vendor refused. With --json the whole bodies. Headers and credentials are never shown.'
  static override examples = [
    { description: 'All of them:', command: 'neuronx fake calls' },
    {
      description: 'How many messages did Slack get?',
      command:
        'neuronx fake calls slack --json | jq \'[.data.calls[] | select(.operation == "message.send" and .tookEffect)] | length\'',
    },
  ]
  static override args = {
    name: stringArg({ ignoreStdin: true, description: 'Name of the fake. Default: all.' }),
  }
  static override flags = {
    'data-dir': string({
      summary: 'Of the `neuronx dev` that runs them. Default: .neuronx.',
      helpValue: 'DIR',
    }),
    limit: integer({ min: 1, max: 1_000, default: 100, summary: 'How many.' }),
  }

  override async run(): Promise<FakeCalls> {
    const { args, flags } = await this.parse(Calls)
    const { dataDir } = await this.settings(flags)
    const { fakeCalls } = await import('../../src/app/fakes/ask-fakes.ts')
    return { calls: await fakeCalls(dataDir, args.name ?? null, flags.limit) }
  }

  protected override render({ calls }: FakeCalls): void {
    if (calls.length === 0) this.output.tell('Nobody has called.')
    else this.output.print(renderFakeCalls(calls, this.output))
  }
}
