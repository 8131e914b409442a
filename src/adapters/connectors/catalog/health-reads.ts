import type { HarmlessReads, RefusedGate } from '../../../messaging/dispatch/read-only-loop.ts'
import type { ConnectorExecutor } from '../connector-executor.ts'
import type { IntegrationProvider } from '../integration.ts'

/** No answer in this time is no word about the credentials, milliseconds. */
const readMsMax = 20_000

/** The `health` operation of each integration, read through the executor. */
export class HealthReads implements HarmlessReads {
  readonly #integrations: IntegrationProvider
  readonly #executor: Pick<ConnectorExecutor, 'readPage'>
  readonly #tenantActive: (tenantId: string) => boolean

  constructor(options: {
    integrations: IntegrationProvider
    executor: Pick<ConnectorExecutor, 'readPage'>
    tenantActive: (tenantId: string) => boolean
  }) {
    this.#integrations = options.integrations
    this.#executor = options.executor
    this.#tenantActive = options.tenantActive
  }

  async readOnlyAfterMs({ tenantId, workspace, integration }: RefusedGate): Promise<number | null> {
    // Nothing is called for a tenant that is suspended.
    if (!this.#tenantActive(tenantId)) return null
    const found = await this.#integrations.integration(tenantId, workspace, integration)
    const health = found?.connector.definition.health
    return health === undefined ? null : (found?.readOnlyAfterMs ?? null)
  }

  async accepted({ tenantId, workspace, integration }: RefusedGate, signal: AbortSignal): Promise<boolean> {
    const found = await this.#integrations.integration(tenantId, workspace, integration)
    const operation = found?.connector.definition.health
    if (operation === undefined) return false
    const asked = { tenantId, workspace, integration, operation, input: {}, since: null }
    const until = AbortSignal.any([signal, AbortSignal.timeout(readMsMax)])
    const page = await this.#executor.readPage(asked, until)
    // Accepted, and answered with what is no page: a text, nothing at all.
    return (
      page.state === 'page' ||
      (page.outcome.state === 'permanent' && page.outcome.error.code === 'NX-CALL-ANSWER')
    )
  }
}
