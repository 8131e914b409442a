import { boolean, string } from '@oclif/core/flags'
import { string as stringArg } from '@oclif/core/args'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { dryRunFlag, reasonFlag, tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import type { TenantScope } from '../../src/cli/operator-command.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { pageMax } from '../../src/messaging/reading/event-reader.ts'
import type { ReplayResult } from '../../src/platform/dead-letters/dead-letter-replayer.ts'

/** With --dry-run: this one would be replayed. */
type Outcome = ReplayResult | { readonly id: string; readonly state: 'planned' }

interface ReplaySummary {
  readonly dryRun: boolean
  readonly replayed: number
  readonly skipped: number
  readonly results: readonly Outcome[]
}

export default class DlqReplay extends OperatorCommand<ReplaySummary> {
  static override summary = 'Put dead letters back to work.'
  static override description =
    'Names letters by id, or takes the open ones of a group (at most 500 at a time). Commands keep their idempotency key. Letters in doubt are skipped unless --include-in-doubt: their effect may then happen twice. Ends with exit code 3 when some were skipped.'
  static override examples = [
    {
      description: 'One letter:',
      command: 'neuronx dlq replay 0199… --tenant acme --reason "template fixed"',
    },
    {
      description: 'See what a group would do:',
      command: 'neuronx dlq replay --group fp_0123456789ab --tenant acme --dry-run',
    },
  ]
  static override args = {
    id: stringArg({ ignoreStdin: true, multiple: true, description: 'Ids of dead letters.' }),
  }
  static override flags = {
    ...tenantFlag,
    ...reasonFlag,
    ...dryRunFlag,
    group: string({ summary: 'The open letters of this group instead of ids.', helpValue: 'GROUP' }),
    'include-in-doubt': boolean({ summary: 'Also letters of which nobody knows whether they took effect.' }),
  }

  override async run(): Promise<ReplaySummary> {
    const { args, flags } = await this.parse(DlqReplay)
    const named = args.id ?? []
    if (named.length > 0 === (flags.group !== undefined)) {
      throw new NxError('usage', 'NX-USAGE', 'Name the letters by id, or a group', {
        fix: 'neuronx dlq replay --help',
      })
    }
    return this.withTenant(flags.tenant, 'dead_letter.replay', async (scope) => {
      const ids = flags.group === undefined ? [...new Set(named)] : await openOfGroup(scope, flags.group)
      if (flags['dry-run'])
        return { dryRun: true, replayed: 0, skipped: 0, results: ids.map((id) => ({ id, state: 'planned' })) }
      if (ids.length > 1 || flags['include-in-doubt'])
        await this.confirmed(question(ids.length, flags['include-in-doubt']))
      const { operator, tenant } = scope
      const options = { includeInDoubt: flags['include-in-doubt'] }
      const results = await operator.deadLetters.replay(
        tenant.id,
        ids,
        options,
        operator.actor,
        flags.reason ?? null,
      )
      const skipped = results.filter((result) => result.state === 'skipped').length
      if (skipped > 0) this.endWith(skipped === results.length ? exitCodes.failed : exitCodes.partlyFailed)
      return { dryRun: false, replayed: results.length - skipped, skipped, results }
    })
  }

  protected override render(summary: ReplaySummary): void {
    const columns = [
      { title: 'ID', value: (result: Outcome) => result.id },
      { title: 'RESULT', value: (result: Outcome) => result.state },
      { title: 'AS', value: (result: Outcome) => (result.state === 'replayed' ? result.as : null) },
      {
        title: 'WHY',
        value: (result: Outcome) => (result.state === 'skipped' ? result.why : null),
        shrink: true,
      },
    ]
    if (summary.results.length > 0) this.output.print(renderTable(summary.results, columns, this.output))
    this.output.tell(
      summary.dryRun
        ? `${summary.results.length} would be replayed`
        : `${summary.replayed} replayed, ${summary.skipped} skipped`,
    )
  }
}

async function openOfGroup({ operator, tenant }: TenantScope, group: string): Promise<readonly string[]> {
  const filter = { status: 'open', fingerprint: group } as const
  const page = await operator.messages.deadLetters(tenant.id, filter, { limit: pageMax, cursor: null })
  if (page.items.length > 0) return page.items.map((letter) => letter.id)
  throw new NxError(
    'not_found',
    'NX-DEAD-LETTER-NOT-FOUND',
    `No open dead letter is in the group '${group}'`,
    { fix: 'neuronx dlq list' },
  )
}

function question(count: number, includeInDoubt: boolean): string {
  const doubt = includeInDoubt ? ' Those in doubt may take effect twice.' : ''
  return `Replay ${count} dead letter(s)?${doubt}`
}
