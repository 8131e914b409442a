import { string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { dryRunFlag, parseEntityRef, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { TenantScope } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { NxError } from '../../src/kernel/errors.ts'
import type { ControlResult } from '../../src/messaging/commands/command-control.ts'
import { pageMax } from '../../src/messaging/reading/event-reader.ts'
import type { CommandFilter } from '../../src/messaging/reading/event-reader.ts'
import { actorName } from '../../src/platform/access/actor.ts'

type Outcome = ControlResult | { readonly id: string; readonly state: 'planned' }

interface CancelSummary {
  readonly dryRun: boolean
  readonly cancelled: number
  readonly skipped: number
  readonly results: readonly Outcome[]
}

export default class CommandCancel extends OperatorCommand<CancelSummary> {
  static override summary = 'Cancel commands that were not sent yet.'
  static override description =
    'Names commands by id, or takes the waiting or ready ones that a filter finds (at most 500 at a time). What is at work or in doubt is skipped. Rules and workflows that listen hear command.cancelled. Ends with exit code 3 when some were skipped.'
  static override examples = [
    {
      description: 'One command:',
      command: 'neuronx command cancel 6f0e… --tenant acme --reason "wrong template"',
    },
    {
      description: 'See what would go:',
      command: 'neuronx command cancel --integration ghl --state ready --tenant acme --reason test --dry-run',
    },
  ]
  static override args = {
    id: stringArg({ ignoreStdin: true, multiple: true, description: 'Ids of commands.' }),
  }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...dryRunFlag,
    integration: string({ summary: 'Commands to this integration instead of ids.', helpValue: 'NAME' }),
    state: string({
      options: ['waiting', 'ready'],
      summary: 'With a filter: only those in this state. Default: both.',
      helpValue: 'STATE',
    }),
    entity: string({ summary: 'Commands about this entity instead of ids.', helpValue: 'KIND/ID' }),
    reason: string({ required: true, summary: 'Why; kept in the audit log.', helpValue: 'TEXT' }),
  }

  override async run(): Promise<CancelSummary> {
    const { args, flags } = await this.parse(CommandCancel)
    const named = [...new Set(args.id ?? [])]
    const filtered = flags.integration !== undefined || flags.entity !== undefined
    if (named.length > 0 === filtered || (named.length > 0 && flags.state !== undefined)) {
      throw new NxError('usage', 'NX-USAGE', 'Name the commands by id, or by --integration or --entity', {
        fix: 'neuronx command cancel --help',
      })
    }
    if (named.length > pageMax) {
      throw new NxError('usage', 'NX-USAGE', `At most ${pageMax} commands can be cancelled at a time`, {
        fix: 'Cancel them in several goes, or by a filter.',
      })
    }
    const filter: CommandFilter = {
      ...(flags.integration === undefined ? {} : { integration: flags.integration }),
      ...(flags.entity === undefined
        ? {}
        : { entity: { workspace: flags.workspace, ...parseEntityRef(flags.entity) } }),
    }
    return this.withTenant(flags.tenant, 'command.settle', async (scope) => {
      const ids = filtered ? await openOnes(scope, filter, flags.state) : named
      if (flags['dry-run']) return planned(ids)
      if (ids.length > 1) await this.confirmed(`Cancel ${ids.length} commands? They will never be sent.`)
      return this.#cancel(scope, ids, flags.reason)
    })
  }

  async #cancel(
    { operator, tenant }: TenantScope,
    ids: readonly string[],
    reason: string,
  ): Promise<CancelSummary> {
    const results = await operator.commandControl.cancel(tenant.id, ids, actorName(operator.actor), reason)
    const skipped = results.filter((result) => result.state === 'skipped').length
    if (skipped > 0) this.endWith(skipped === results.length ? exitCodes.failed : exitCodes.partlyFailed)
    return { dryRun: false, cancelled: results.length - skipped, skipped, results }
  }

  protected override render(summary: CancelSummary): void {
    const columns = [
      { title: 'ID', value: (result: Outcome) => result.id },
      {
        title: 'RESULT',
        value: (result: Outcome) => (result.state === 'done' ? 'cancelled' : result.state),
      },
      {
        title: 'WHY',
        value: (result: Outcome) => (result.state === 'skipped' ? result.why : null),
        shrink: true,
      },
    ]
    this.output.print(renderTable(summary.results, columns, this.output))
    this.output.tell(
      summary.dryRun
        ? `${summary.results.length} would be cancelled`
        : `${summary.cancelled} cancelled, ${summary.skipped} skipped`,
    )
  }
}

function planned(ids: readonly string[]): CancelSummary {
  return { dryRun: true, cancelled: 0, skipped: 0, results: ids.map((id) => ({ id, state: 'planned' })) }
}

/** The waiting ones come before the head of their lane, so that no other command is promoted in between. */
async function openOnes(
  { operator, tenant }: TenantScope,
  filter: CommandFilter,
  state: string | undefined,
): Promise<readonly string[]> {
  const ids: string[] = []
  for (const wanted of ['waiting', 'ready'] as const) {
    if (state !== undefined && state !== wanted) continue
    const page = { limit: pageMax - ids.length, cursor: null }
    if (page.limit <= 0) break
    const { items } = await operator.messages.commands(tenant.id, { ...filter, state: wanted }, page)
    ids.push(...items.map(({ command }) => command.id))
  }
  if (ids.length > 0) return ids
  throw new NxError('not_found', 'NX-COMMAND-NOT-FOUND', 'No waiting or ready command matches', {
    fix: `neuronx command list --tenant ${tenant.slug}`,
  })
}
