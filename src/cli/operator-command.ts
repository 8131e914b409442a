import type { Settings } from '../app/config/settings.ts'
import type { Operator } from '../app/operator.ts'
import { permittedTenant } from '../app/permitted-tenant.ts'
import { NeuronxCommand } from './neuronx-command.ts'

type Permission = Parameters<typeof permittedTenant>[2]
type Tenant = Awaited<ReturnType<typeof permittedTenant>>

/** What a command about one tenant works with. */
export interface TenantScope {
  readonly operator: Operator
  readonly tenant: Tenant
  readonly settings: Settings
}

/** The base of commands that talk to the installation's database. */
export abstract class OperatorCommand<Result> extends NeuronxCommand<Result> {
  /** Opens the installation for as long as `use` runs. */
  protected async withOperator<T>(use: (operator: Operator, settings: Settings) => Promise<T>): Promise<T> {
    return this.#opened(await this.settings(), use)
  }

  /** The same, with the slug of `--tenant` or of the settings: for use cases that look the tenant up themselves. */
  protected async withSlug<T>(
    flag: string | undefined,
    use: (operator: Operator, slug: string, settings: Settings) => Promise<T>,
  ): Promise<T> {
    const { slug, settings } = await this.slugOf(flag)
    return this.#opened(settings, (operator) => use(operator, slug, settings))
  }

  /** The same, with the tenant itself, once the actor may do this to it. */
  protected async withTenant<T>(
    flag: string | undefined,
    permission: Permission,
    use: (scope: TenantScope) => Promise<T>,
  ): Promise<T> {
    return this.withSlug(flag, async (operator, slug, settings) =>
      use({ operator, tenant: await permittedTenant(operator, slug, permission), settings }),
    )
  }

  async #opened<T>(
    settings: Settings,
    use: (operator: Operator, settings: Settings) => Promise<T>,
  ): Promise<T> {
    const { openOperator } = await import('../app/open-operator.ts')
    await using operator = await openOperator(settings)
    return await use(operator, settings)
  }
}
