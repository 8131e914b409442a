import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { InstanceCommand, instanceArgs, instanceFlags } from '../../src/cli/workflows/instance-command.ts'
import type { InstancePlan } from '../../src/cli/workflows/instance-command.ts'

export default class WorkflowCancel extends InstanceCommand {
  static override summary = 'Stop workflow instances wherever they are.'
  static override description =
    'Each stops through the log of its entity, in its order: a saga that is half done is undone first. What was sent stays sent. A job does the work; --reason is required.'
  static override examples = [
    {
      description: 'One:',
      command: 'neuronx workflow cancel 0198c2d4-… --tenant acme --reason "wrong person"',
    },
    {
      description: 'What would go, of all that wait at a step:',
      command:
        'neuronx workflow cancel --workflow speed-to-lead --step cool-off --tenant acme --reason test --dry-run',
    },
  ]
  static override args = instanceArgs
  static override flags = instanceFlags

  override async run(): Promise<BulkResult<InstancePlan>> {
    const { args, flags } = await this.parse(WorkflowCancel)
    return this.ask(args.instance ?? [], flags, { kind: 'cancel' }, 'Cancel')
  }
}
