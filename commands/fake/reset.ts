import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import type { FakeState } from '../../src/app/fakes/ask-fakes.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { renderFakeState } from '../../src/cli/views/render-fakes.ts'

interface Reset {
  readonly fakes: readonly FakeState[]
}

export default class FakeReset extends NeuronxCommand<Reset> {
  static override summary = 'Let the fakes of `neuronx dev` answer as they should again.'
  static override description =
    'Forgets faults that wait, credentials that were taken back, and the calls so far. Contacts and messages that a fake keeps stay. An integration whose gate had shut goes on when it tries again; `neuronx adapter limits` says when.'
  static override examples = [
    { description: 'All of them, between two tests:', command: 'neuronx fake reset' },
    { description: 'One:', command: 'neuronx fake reset slack' },
  ]
  static override args = {
    name: stringArg({ ignoreStdin: true, description: 'Name of the fake. Default: all.' }),
  }
  static override flags = {
    'data-dir': string({
      summary: 'Of the `neuronx dev` that runs them. Default: .neuronx.',
      helpValue: 'DIR',
    }),
  }

  override async run(): Promise<Reset> {
    const { args, flags } = await this.parse(FakeReset)
    const { dataDir } = await this.settings(flags)
    const { resetFakes } = await import('../../src/app/fakes/ask-fakes.ts')
    return { fakes: await resetFakes(dataDir, args.name ?? null) }
  }

  protected override render({ fakes }: Reset): void {
    this.output.print(fakes.map(renderFakeState).join('\n'))
  }
}
