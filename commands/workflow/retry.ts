import { string } from '@oclif/core/flags'
import type { BulkResult } from '../../src/cli/jobs/bulk-command.ts'
import { InstanceCommand, instanceArgs, instanceFlags } from '../../src/cli/workflows/instance-command.ts'
import type { InstancePlan } from '../../src/cli/workflows/instance-command.ts'

export default class WorkflowRetry extends InstanceCommand {
  static override summary = 'Let failed workflow instances try again from where they failed.'
  static override description =
    'The failed step begins anew; one inside a saga or a branch begins with what encloses it. A call that waits for its next attempt is asked for at once. Nothing is retried while another instance of the workflow runs for the same entity, unless it runs in parallel. --reason is required.'
  static override examples = [
    {
      description: 'One:',
      command: 'neuronx workflow retry 0198c2d4-… --tenant acme --reason "vendor is back"',
    },
    {
      description: 'All that failed at a step:',
      command:
        'neuronx workflow retry --workflow speed-to-lead --step book --tenant acme --reason "vendor is back"',
    },
  ]
  static override args = instanceArgs
  static override flags = {
    ...instanceFlags,
    from: string({ summary: 'Begin at this step instead of the one that failed.', helpValue: 'STEP' }),
  }

  override async run(): Promise<BulkResult<InstancePlan>> {
    const { args, flags } = await this.parse(WorkflowRetry)
    return this.ask(args.instance ?? [], flags, { kind: 'retry', step: flags.from ?? null }, 'Retry')
  }
}
