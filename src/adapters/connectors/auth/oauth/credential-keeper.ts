import type { Clock } from '../../../../kernel/clock.ts'
import { errorText } from '../../../../kernel/errors.ts'
import type { JsonObject } from '../../../../kernel/json.ts'
import type { Logger } from '../../../../kernel/logger.ts'
import { Loop } from '../../../../kernel/loop.ts'
import type { CredentialPlace } from '../../../../platform/credentials/credential.ts'
import type { DueCredentials } from '../../../../platform/credentials/credential-store.ts'
import type { TokenAuth } from '../../definition/auth-definition.ts'
import type { IntegrationTokens } from './integration-tokens.ts'

/** How an integration of the active configuration gets its tokens. */
export interface TokenAuthSource {
  /** null: the integration is gone, or does not log in. Throws NX-SECRET-MISSING and what the stores throw. */
  find(place: CredentialPlace): Promise<{
    readonly auth: TokenAuth
    readonly credentials: Readonly<Record<string, string>>
    readonly connection: JsonObject
  } | null>
}

export interface CredentialKeeperOptions {
  readonly due: DueCredentials
  readonly source: TokenAuthSource
  readonly tokens: Pick<IntegrationTokens, 'renew' | 'close'>
  readonly clock: Clock
  readonly logger: Logger
  /** Default 10 s. */
  readonly idleMs?: number
}

const roundMax = 64
const atOnce = 4
/** Until another look at one that there is nothing to refresh with, and at one that could not even be tried, milliseconds. */
const [goneMs, failedMs] = [3_600_000, 60_000]

/**
 * Refreshes tokens before they end, whether or not anything is sent meanwhile: a refresh token that is never used ends as well, and a
 * login that fails is known before the next message is due. Every daemon looks; a lease lets one refresh.
 */
export class CredentialKeeper extends Loop {
  readonly #options: CredentialKeeperOptions

  constructor(options: CredentialKeeperOptions) {
    const { clock, logger, idleMs = 10_000 } = options
    super({ name: 'credential-keeper', idleMs, clock, logger, runOnce: async () => await this.#round() })
    this.#options = options
  }

  /** What is under way ends first: what a vendor gives out must be stored. */
  override async stop(): Promise<void> {
    await super.stop()
    await this.#options.tokens.close()
  }

  async #round(): Promise<number> {
    const places = [...(await this.#options.due.due(roundMax))]
    const full = places.length === roundMax
    let renewed = 0
    const work = async (): Promise<void> => {
      for (let place = places.shift(); place !== undefined; place = places.shift()) {
        if (await this.#renew(place)) renewed += 1
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    return full ? renewed : 0
  }

  /** One that cannot be refreshed must not keep the others from it: they are taken in order, so it goes behind them. */
  async #renew(place: CredentialPlace): Promise<boolean> {
    const { source, tokens, due } = this.#options
    try {
      const found = await source.find(place)
      const tried =
        found !== null && (await tokens.renew(place, found.auth, found.credentials, found.connection))
      if (!tried) await due.postpone(place, goneMs)
      return true
    } catch (error) {
      this.#failed(place, error)
      await due.postpone(place, failedMs).catch((more: unknown) => this.#failed(place, more))
      return false
    }
  }

  #failed({ tenantId: tenant, workspace, integration }: CredentialPlace, error: unknown): void {
    this.#options.logger.warn(
      { tenant, workspace, integration, error: errorText(error) },
      'A token could not be refreshed ahead',
    )
  }
}
