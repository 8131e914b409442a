import { string as stringArg } from '@oclif/core/args'
import { boolean, string } from '@oclif/core/flags'
import { dryRunFlag } from '../../src/cli/flags.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'

interface InitResult {
  readonly directory: string
  readonly dryRun: boolean
  readonly files: readonly string[]
  readonly replaced: readonly string[]
}

export default class ConfigInit extends NeuronxCommand<InitResult> {
  static override summary = 'Make a new configuration repository.'
  static override description =
    'Writes a small working configuration (types, score, rules, a workflow, limits, flags and their tests), schemas and settings for the editor, a pipeline for GitHub and a README. What it writes passes `config validate` and `config test` as it is. Writes nothing when one of its files exists already (exit code 1, with their names), unless --force is given.'
  static override examples = [
    { description: 'A new repository:', command: 'neuronx config init fleet --tenant acme' },
    { description: 'See what it would write:', command: 'neuronx config init --dry-run' },
  ]
  static override args = {
    directory: stringArg({
      default: '.',
      ignoreStdin: true,
      description: 'Where; made when it is not there.',
    }),
  }
  static override flags = {
    tenant: string({
      char: 't',
      default: 'acme',
      summary: 'The slug of the first tenant.',
      helpValue: 'SLUG',
    }),
    force: boolean({ summary: 'Write over files that are in the way.' }),
    ...dryRunFlag,
  }

  override async run(): Promise<InitResult> {
    const { args, flags } = await this.parse(ConfigInit)
    const { initRepository } = await import('../../src/app/init/init-repository.ts')
    const dryRun = flags['dry-run']
    const report = await initRepository(args.directory, { tenant: flags.tenant, force: flags.force, dryRun })
    return { directory: args.directory, dryRun, ...report }
  }

  protected override render({ directory, dryRun, files, replaced }: InitResult): void {
    const over = new Set(replaced)
    this.output.print(files.map((file) => (over.has(file) ? `${file} (written over)` : file)).join('\n'))
    this.output.tell(
      dryRun
        ? `${files.length} files would be written to ${directory}`
        : `${files.length} files written to ${directory}. Next: neuronx config validate ${directory}`,
    )
  }
}
