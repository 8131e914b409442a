import { setTimeout as pause } from 'node:timers/promises'
import { boolean, integer } from '@oclif/core/flags'
import { tenantFlag } from '../src/cli/flags.ts'
import { OperatorCommand } from '../src/cli/operator-command.ts'
import type { Operator } from '../src/app/operator.ts'
import type { TopSample } from '../src/app/top-sample.ts'
import { requirePermission } from '../src/platform/access/actor.ts'
import type { Tenant } from '../src/platform/tenants/tenant.ts'

export default class Top extends OperatorCommand<void> {
  static override readonly style = 'stream'
  static override summary = 'Watch events, outbox, commands and dead letters live.'
  static override description =
    'On a terminal a table that refreshes itself; q or Ctrl-C leaves. Elsewhere, and with --json, one JSON object a line for every interval, until it is interrupted or its reader leaves.'
  static override examples = [
    { description: 'Everything:', command: 'neuronx top' },
    {
      description: 'One tenant, one sample, for a script:',
      command: 'neuronx top --tenant acme --once --json',
    },
  ]
  static override flags = {
    ...tenantFlag,
    'interval-ms': integer({
      min: 200,
      max: 3_600_000,
      default: 1_000,
      summary: 'Time between samples, in milliseconds.',
      helpValue: 'MS',
    }),
    once: boolean({ summary: 'One sample, then end.' }),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Top)
    const stop = this.interrupted()
    const { TopSampler } = await import('../src/app/top-sample.ts')
    await this.withOperator(async (operator, settings) => {
      const slug = flags.tenant ?? settings.tenant
      const sampler = new TopSampler(operator)
      const sample = async (): Promise<TopSample> => sampler.sample(await watchedTenants(operator, slug))
      if (this.output.isTerminal && !this.jsonEnabled() && !flags.once) {
        const { showTop } = await import('../src/cli/views/top-view.ts')
        await showTop({ sample, intervalMs: flags['interval-ms'], stop })
        return
      }
      while (!stop.aborted) {
        this.output.print(JSON.stringify(await sample()))
        if (flags.once) return
        await pause(flags['interval-ms'], null, { signal: stop }).catch(() => {})
      }
    })
  }

  protected override render(): void {
    // A stream has printed everything by the time it ends.
  }
}

/** The one that was asked for, or all that the caller may see. */
async function watchedTenants(operator: Operator, slug: string | null): Promise<readonly Tenant[]> {
  if (slug !== null) {
    const { permittedTenant } = await import('../src/app/permitted-tenant.ts')
    return [await permittedTenant(operator, slug, 'event.read')]
  }
  requirePermission(operator.actor, 'event.read', null)
  return operator.tenants.list()
}
