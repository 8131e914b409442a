import { limitsKind } from '../../control-plane/limits/limits-kind.ts'
import type { LimitsSpec } from '../../control-plane/limits/limits-kind.ts'
import { noIntegrationCaps, resolveLimits } from '../../control-plane/limits/resolve-limits.ts'
import type {
  IntegrationCaps,
  ResolvedLimits,
  RuleBreakerLimits,
} from '../../control-plane/limits/resolve-limits.ts'
import { resolveDocuments } from '../../control-plane/resolution/resolve-documents.ts'
import type { RevisionStore } from '../../control-plane/revisions/revision-store.ts'
import type { StoredDocument } from '../../control-plane/documents/document.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/logger.ts'
import { defaultDispatchLimits, defaultIntakeLimits } from '../../messaging/intake/tenant-limits.ts'
import type { IntakeLimits, TenantLimits } from '../../messaging/intake/tenant-limits.ts'
import { ruleBreakerPolicy } from '../../sales-core/processing/breakers/rule-breaker.ts'
import type { TenantDirectory } from './tenant-directory.ts'

interface Held {
  /** The directory's version that these limits belong to, or are being read for. */
  version: string
  limits: ResolvedLimits
  intake: IntakeLimits
}

const tenantsMax = 10_000
const retryMs = 1_000

const defaults: ResolvedLimits = {
  eventsPerSecond: defaultIntakeLimits.eventsPerSecond,
  burst: defaultIntakeLimits.burst,
  keyHorizonMs: defaultIntakeLimits.keyHorizonMs,
  waitingEvents: defaultIntakeLimits.waitingEventsMax,
  weight: defaultIntakeLimits.weight,
  inFlight: defaultDispatchLimits.inFlightMax,
  ...noIntegrationCaps,
  ruleBreaker: ruleBreakerPolicy,
}

/**
 * The limits of tenants from their active Limits documents. Read in the background when a tenant is first seen and after
 * every change of the configuration; until then the limits known before hold, at first the defaults.
 */
export class DocumentLimits implements TenantLimits {
  readonly #revisions: Pick<RevisionStore, 'active'>
  readonly #directory: Pick<TenantDirectory, 'version'>
  readonly #logger: Logger
  readonly #held = new Map<string, Held>()

  constructor(options: {
    revisions: Pick<RevisionStore, 'active'>
    directory: Pick<TenantDirectory, 'version'>
    logger: Logger
  }) {
    this.#revisions = options.revisions
    this.#directory = options.directory
    this.#logger = options.logger
  }

  intake(tenantId: string): IntakeLimits {
    return this.#of(tenantId).intake
  }

  dispatchWeight(tenantId: string): number {
    return this.#of(tenantId).limits.weight
  }

  dispatchInFlight(tenantId: string): number {
    return this.#of(tenantId).limits.inFlight
  }

  /** What each integration of the tenant may do at most. */
  integrationCaps(tenantId: string): IntegrationCaps {
    return this.#of(tenantId).limits
  }

  /** When a rule of the tenant that fails is stopped. */
  ruleBreaker(tenantId: string): RuleBreakerLimits {
    return this.#of(tenantId).limits.ruleBreaker
  }

  #of(tenantId: string): Held {
    const { version } = this.#directory
    const held = this.#held.get(tenantId) ?? this.#add(tenantId)
    if (held.version !== version) {
      held.version = version
      void this.#read(tenantId, held)
    }
    return held
  }

  #add(tenantId: string): Held {
    const [oldest] = this.#held.keys()
    if (this.#held.size >= tenantsMax && oldest !== undefined) this.#held.delete(oldest)
    const held = { version: '', limits: defaults, intake: intakeOf(defaults) }
    this.#held.set(tenantId, held)
    return held
  }

  async #read(tenantId: string, held: Held): Promise<void> {
    const { version } = held
    try {
      const specs = limitsOf(await this.#revisions.active(tenantId))
      if (held.version !== version) return
      held.limits = resolveLimits(defaults, specs)
      held.intake = intakeOf(held.limits)
    } catch (error) {
      // Asked for again by whoever needs them then; what was known before holds meanwhile.
      setTimeout(() => {
        if (held.version === version) held.version = ''
      }, retryMs).unref()
      this.#logger.warn(
        { tenant: tenantId, error: errorText(error) },
        'The limits of a tenant cannot be read',
      )
    }
  }
}

/** The tenant's merged over the fleet's; what stands for itself from the fleet's down. A stored document that this version cannot read is passed over: `config` says why. */
function limitsOf(revisions: Awaited<ReturnType<RevisionStore['active']>>): readonly LimitsSpec[] {
  const levels = ['global', 'tenant']
  const layers = revisions
    .filter(({ scope }) => levels.includes(scope.level))
    .toSorted((a, b) => levels.indexOf(a.scope.level) - levels.indexOf(b.scope.level))
    .map(({ scope, documents }) => ({
      scope,
      documents: documents.filter(({ kind }) => kind === limitsKind.kind),
    }))
  return resolveDocuments(layers, [limitsKind])
    .documents.toSorted((a, b) => levels.indexOf(a.scope.level) - levels.indexOf(b.scope.level))
    .flatMap(specOf)
}

function specOf({ body }: StoredDocument): readonly LimitsSpec[] {
  const parsed = limitsKind.schema.safeParse(body)
  return parsed.success ? [parsed.data] : []
}

function intakeOf(limits: ResolvedLimits): IntakeLimits {
  const { eventsPerSecond, burst, keyHorizonMs, waitingEvents, weight } = limits
  return { eventsPerSecond, burst, keyHorizonMs, waitingEventsMax: waitingEvents, weight }
}
