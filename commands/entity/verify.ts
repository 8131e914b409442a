import { boolean, integer } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { StateCommand, stateFlags } from '../../src/cli/entities/state-command.ts'
import type { StatePlan } from '../../src/cli/entities/state-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { bulkMax } from '../../src/cli/jobs/bulk-flags.ts'
import { rateFlag } from '../../src/cli/jobs/pace-flags.ts'

const sampleDefault = 1_000

export default class EntityVerify extends StateCommand {
  static override summary = 'Check that entities are what their histories say.'
  static override description =
    'Folds the recorded decisions of each entity and compares the result with the entity. Where they differ the names of the fields are told, no values; `entity rebuild` puts it right. Entities of which decisions are missing are left alone. A job does the work. Exit codes are those of `dlq replay`.'
  static override examples = [
    { description: 'A thousand at random:', command: 'neuronx entity verify --tenant acme' },
    { description: 'Every lead:', command: 'neuronx entity verify --all --kind lead --tenant acme' },
    { description: 'One:', command: 'neuronx entity verify lead/42 --tenant acme' },
  ]
  static override args = {
    entity: stringArg({ ignoreStdin: true, multiple: true, description: 'Entities, as KIND/ID.' }),
  }
  static override flags = {
    ...stateFlags,
    ...rateFlag('500/s'),
    sample: integer({
      min: 1,
      max: bulkMax,
      default: sampleDefault,
      summary: 'So many at random.',
      helpValue: 'N',
    }),
    all: boolean({
      default: false,
      summary: 'In the order of their keys instead of at random: all of them, up to --max.',
    }),
  }

  override async run(): Promise<BulkResult<StatePlan>> {
    const { args, flags } = await this.parse(EntityVerify)
    const sample = flags.all ? null : flags.sample
    const task = { kind: 'entity.verify', sample, question: null, reason: null } as const
    return this.overEntities(args.entity ?? [], flags, task)
  }
}
