import { string as stringArg } from '@oclif/core/args'
import { tenantFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'
import { relativeTime } from '../../src/cli/text/relative-time.ts'
import { renderTable } from '../../src/cli/views/table.ts'
import { NxError } from '../../src/kernel/errors.ts'
import { switchedOffReason } from '../../src/messaging/commands/integration-control.ts'
import type { IntegrationStanding } from '../../src/messaging/commands/dispatch-reader.ts'

interface Limits {
  readonly at: string
  readonly integrations: readonly IntegrationStanding[]
}

export default class AdapterLimits extends OperatorCommand<Limits> {
  static override summary = 'Show budget, breaker and backlog of integrations.'
  static override description =
    'Shared by all daemons. open: the other side is down or refuses the credentials, no call is made until the time shown; half_open: one call finds out whether it is back. Commands wait meanwhile and spend no attempts.'
  static override examples = [
    { description: 'All of a tenant:', command: 'neuronx adapter limits --tenant acme' },
    { description: 'One, for a script:', command: 'neuronx adapter limits ghl --tenant acme --json' },
  ]
  static override args = {
    name: stringArg({ ignoreStdin: true, description: 'Name of the integration. Default: all.' }),
  }
  static override flags = { ...tenantFlag }

  override async run(): Promise<Limits> {
    const { args, flags } = await this.parse(AdapterLimits)
    return this.withTenant(flags.tenant, 'command.read', async ({ operator, tenant }) => {
      const integrations = await operator.dispatch.standings(tenant.id, args.name ?? null)
      if (args.name !== undefined && integrations.length === 0) {
        throw new NxError(
          'not_found',
          'NX-INTEGRATION-NOT-FOUND',
          `No command was ever made for '${args.name}'`,
          {
            fix: `neuronx adapter limits --tenant ${tenant.slug}`,
          },
        )
      }
      return { at: operator.clock.now().toISOString(), integrations }
    })
  }

  protected override render({ at, integrations }: Limits): void {
    const now = new Date(at)
    const number = (title: string, value: (row: IntegrationStanding) => number | string | null) => ({
      title,
      value,
      align: 'right' as const,
    })
    const columns = [
      { title: 'INTEGRATION', value: (row: IntegrationStanding) => row.integration },
      { title: 'BREAKER', value: (row: IntegrationStanding) => row.breaker },
      {
        title: 'SHUT UNTIL',
        value: (row: IntegrationStanding) => shutUntil(row, now),
      },
      {
        title: 'WHY',
        value: (row: IntegrationStanding) => (row.shutSince === null ? null : row.reason),
        shrink: true,
      },
      number('TOKENS', (row) => (row.tokens === null ? null : Math.floor(row.tokens))),
      number('PER S', (row) => row.perSecond),
      number('FAILED', (row) => `${row.failures}/${row.calls}`),
      number('IN FLIGHT', (row) => row.inFlight),
      number('READY', (row) => row.ready),
      number('WAITING', (row) => row.waiting),
      number('IN DOUBT', (row) => row.inDoubt),
      {
        title: 'OLDEST DUE',
        value: (row: IntegrationStanding) =>
          row.oldestDue === null ? null : relativeTime(row.oldestDue, now),
      },
    ]
    if (integrations.length === 0) this.output.tell('No command was made for any integration yet.')
    else this.output.print(renderTable(integrations, columns, this.output))
  }
}

/** One that a person switched off opens at no time. */
function shutUntil({ shutUntil: until, reason }: IntegrationStanding, now: Date): string | null {
  if (until === null) return null
  return reason === switchedOffReason ? 'enabled' : relativeTime(until, now)
}
