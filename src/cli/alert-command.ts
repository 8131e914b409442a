import { alertsOf } from '../app/alerts/alerts-of.ts'
import type { AlertScope } from '../app/alerts/alerts-of.ts'
import { OperatorCommand } from './operator-command.ts'

/** The base of the alert commands: about one tenant, or about the installation itself. */
export abstract class AlertCommand<Result> extends OperatorCommand<Result> {
  /** Opens the alerts of the tenant or of the installation, once the actor may. Throws NX-DENIED. */
  protected async withAlerts<T>(
    flags: { readonly installation: boolean; readonly tenant?: string | undefined },
    permission: Parameters<typeof alertsOf>[2],
    use: (scope: AlertScope) => Promise<T>,
  ): Promise<T> {
    if (flags.installation)
      return this.withOperator(async (operator) => use(await alertsOf(operator, null, permission)))
    return this.withSlug(flags.tenant, async (operator, slug) =>
      use(await alertsOf(operator, slug, permission)),
    )
  }
}
