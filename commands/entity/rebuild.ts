import { string as stringArg } from '@oclif/core/args'
import { reasonFlag } from '../../src/cli/flags.ts'
import { StateCommand, entitiesText, stateFlags } from '../../src/cli/entities/state-command.ts'
import type { StatePlan } from '../../src/cli/entities/state-command.ts'
import { requiredReason } from '../../src/cli/jobs/bulk-command.ts'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { rateFlag } from '../../src/cli/jobs/pace-flags.ts'

export default class EntityRebuild extends StateCommand {
  static override summary = 'Build entities anew from their histories, while events come in.'
  static override description =
    'Each entity is folded from its recorded decisions beside the one that counts, compared with it, and put in its place where they differ. Those that agree, and those of which decisions are missing, are left alone. A job does the work; it can be broken off and gone on with. Exit codes are those of `dlq replay`.'
  static override examples = [
    {
      description: 'What a check found wrong:',
      command: 'neuronx entity rebuild lead/42 --tenant acme --reason "entity verify found it wrong"',
    },
    {
      description: 'Every lead, slowly:',
      command: 'neuronx entity rebuild --kind lead --rate 50/s --tenant acme --reason "restored backup"',
    },
  ]
  static override args = {
    entity: stringArg({ ignoreStdin: true, multiple: true, description: 'Entities, as KIND/ID.' }),
  }
  static override flags = {
    ...stateFlags,
    ...rateFlag('200/s'),
    ...reasonFlag,
  }

  override async run(): Promise<BulkResult<StatePlan>> {
    const { args, flags } = await this.parse(EntityRebuild)
    const named = args.entity ?? []
    const question = (plan: StatePlan): string => `Rebuild ${entitiesText(plan)} entities?`
    return this.overEntities(named, flags, {
      kind: 'entity.rebuild',
      sample: null,
      question: named.length === 1 ? null : question,
      reason: requiredReason(flags),
    })
  }
}
