import { string } from '@oclif/core/flags'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import {
  pageFlags,
  pageOf,
  parseEntityRef,
  parseTime,
  tenantFlag,
  workspaceFlag,
} from '../../src/cli/flags.ts'
import type { CommandState } from '../../src/messaging/commands/command.ts'
import type { CommandView, Page } from '../../src/messaging/reading/event-reader.ts'

const states: readonly CommandState[] = [
  'waiting',
  'ready',
  'leased',
  'in_doubt',
  'succeeded',
  'dead',
  'cancelled',
]

export default class CommandList extends OperatorCommand<Page<CommandView>> {
  static override summary = 'List commands: what was asked of integrations.'
  static override description =
    'Newest first. in_doubt: the call left and nobody knows whether it took effect; it waits for a person. dead: it is among the dead letters.'
  static override examples = [
    { description: 'What failed for good:', command: 'neuronx command list --tenant acme --state dead' },
    {
      description: 'What was sent for one lead:',
      command: 'neuronx command list --tenant acme --entity lead/42',
    },
  ]
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...pageFlags,
    state: string({ options: states, summary: 'Only commands in this state.', helpValue: 'STATE' }),
    integration: string({ summary: 'Only commands to this integration.', helpValue: 'NAME' }),
    entity: string({ summary: 'Only commands about this entity.', helpValue: 'KIND/ID' }),
    since: string({ summary: 'Made since: RFC 3339, or how long ago (15m, 2h).', helpValue: 'TIME' }),
    until: string({ summary: 'Made before: RFC 3339, or how long ago.', helpValue: 'TIME' }),
  }

  override async run(): Promise<Page<CommandView>> {
    const { flags } = await this.parse(CommandList)
    const state = states.find((known) => known === flags.state)
    const filter = {
      ...(state === undefined ? {} : { state }),
      ...(flags.integration === undefined ? {} : { integration: flags.integration }),
      ...(flags.entity === undefined
        ? {}
        : { entity: { workspace: flags.workspace, ...parseEntityRef(flags.entity) } }),
    }
    return this.withTenant(flags.tenant, 'command.read', async ({ operator, tenant }) => {
      const now = operator.clock.now()
      const times = {
        ...(flags.since === undefined ? {} : { since: await parseTime(flags.since, now) }),
        ...(flags.until === undefined ? {} : { until: await parseTime(flags.until, now) }),
      }
      return operator.messages.commands(tenant.id, { ...filter, ...times }, pageOf(flags))
    })
  }

  protected override render(page: Page<CommandView>): void {
    const columns = [
      { title: 'ID', value: (view: CommandView) => view.command.id },
      {
        title: 'CALL',
        value: (view: CommandView) => `${view.command.integration}.${view.command.operation}`,
        shrink: true,
      },
      { title: 'ENTITY', value: (view: CommandView) => view.command.entityKey },
      { title: 'STATE', value: (view: CommandView) => view.state },
      { title: 'ATTEMPTS', value: (view: CommandView) => view.attempts, align: 'right' as const },
      { title: 'ERROR', value: (view: CommandView) => view.error?.code ?? null, shrink: true },
    ]
    this.printPage(page, columns, 'There are no such commands.')
  }
}
