import { boolean } from '@oclif/core/flags'
import type { WebhookReport } from '../../src/app/adapters/webhooks/webhook-report.ts'
import { exitOfWebhooks, renderWebhooks } from '../../src/cli/adapters/render-webhooks.ts'
import { reasonFlag, requiredArg, tenantFlag, workspaceFlag } from '../../src/cli/flags.ts'
import { OperatorCommand } from '../../src/cli/operator-command.ts'

export default class AdapterWebhooks extends OperatorCommand<WebhookReport> {
  static override summary = 'Show where a vendor sends its webhooks, and have it send them here.'
  static override description =
    "Without more it reads what the vendor has, and says what differs; for vendors that are told by hand it lists the steps. --register sets the address; the same again changes nothing, and another address is not overwritten without asking (--yes). What the vendor makes up to sign with goes into the tenant's secrets and is never shown. Needs the gateway's public address (NEURONX_PUBLIC_URL), with https. Exit code 0: it sends here; 1: it does not, or not as it must; 69: not reached; 75: later; 78: credentials or settings."
  static override examples = [
    { description: 'Does it send here?', command: 'neuronx adapter webhooks sms --tenant acme' },
    {
      description: 'Have it send here:',
      command: 'neuronx adapter webhooks sms --tenant acme --register --reason "new host"',
    },
    { description: 'No more:', command: 'neuronx adapter webhooks sms --tenant acme --remove --yes' },
  ]
  static override args = { name: requiredArg('Name of the integration.') }
  static override flags = {
    ...tenantFlag,
    ...workspaceFlag,
    ...reasonFlag,
    register: boolean({ summary: 'Have the vendor send here.', exclusive: ['remove'] }),
    remove: boolean({ summary: 'Have the vendor send nothing more here.' }),
  }

  override async run(): Promise<WebhookReport> {
    const { args, flags } = await this.parse(AdapterWebhooks)
    return this.withTenant(flags.tenant, 'integration.manage', async ({ operator, tenant, settings }) => {
      const { activeAdapter } = await import('../../src/app/adapters/catalog/active-adapter.ts')
      const { lookAtWebhooks } = await import('../../src/app/adapters/webhooks/look-at-webhooks.ts')
      const { registerWebhooks, removeWebhooks } =
        await import('../../src/app/adapters/webhooks/register-webhooks.ts')
      const place = { tenantId: tenant.id, slug: tenant.slug, workspace: flags.workspace }
      const asked = {
        operator,
        settings,
        place,
        adapter: await activeAdapter(operator, place, args.name),
        reason: flags.reason ?? null,
        confirm: async (question: string) => this.confirmed(question),
        signal: this.interrupted(),
      }
      const act = flags.register ? registerWebhooks : flags.remove ? removeWebhooks : lookAtWebhooks
      const report = await act(asked)
      this.endWith(exitOfWebhooks(report, flags.remove))
      return report
    })
  }

  protected override render(report: WebhookReport): void {
    const { done, vendor, how, integration } = report
    this.output.print(renderWebhooks(report, this.output))
    if (done === 'unchanged') return this.output.tell('nothing had to be changed')
    if (done === 'removed' && (vendor?.state === 'absent' || vendor?.state === 'other'))
      return this.output.tell('removed')
    if (vendor?.state === 'unread') return this.output.tell(`fix   ${vendor.fix}`)
    if (how === 'api' && done === 'looked' && vendor?.state !== 'registered')
      this.output.tell(`next  neuronx adapter webhooks ${integration} --tenant ${this.tenantSlug} --register`)
  }
}
