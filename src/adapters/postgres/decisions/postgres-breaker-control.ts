import type pg from 'pg'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import { notTripped } from '../../../sales-core/processing/breakers/breaker-control.ts'
import type { BreakerControl, BreakerView } from '../../../sales-core/processing/breakers/breaker-control.ts'
import { inReadOnlyTenants, inTenants, run } from '../connection/transaction.ts'
import { writeAudit } from '../platform/write-audit.ts'

/** Breakers that are listed of one tenant. */
const listedMax = 1_000

const view = `rule, case when open_until > clock_timestamp() then 'open' else 'probation' end as state,
  open_until as "openUntil", trips, last_code as "lastCode"`

const listOpen = {
  name: 'rule_breaker_list',
  text: `select ${view} from rule_breaker where tenant_id = $1 and open_until is not null order by rule limit $2`,
}

const closeOne = {
  name: 'rule_breaker_close',
  text: `delete from rule_breaker where tenant_id = $1 and rule = $2 and open_until is not null returning ${view}`,
}

/** What people do with breakers of rules, on Postgres. */
export class PostgresBreakerControl implements BreakerControl {
  readonly #app: pg.Pool

  /** `app` works as neuronx_app. */
  constructor(app: pg.Pool) {
    this.#app = app
  }

  async list(tenantId: string): Promise<readonly BreakerView[]> {
    return await inReadOnlyTenants(
      this.#app,
      [tenantId],
      async (client) => await run<BreakerView>(client, listOpen, [tenantId, listedMax]),
    )
  }

  async reset(tenantId: string, rule: string, actor: Actor, reason: string): Promise<BreakerView> {
    return await inTenants(this.#app, [tenantId], async (client) => {
      const [closed] = await run<BreakerView>(client, closeOne, [tenantId, rule])
      if (closed === undefined) {
        const open = await run<BreakerView>(client, listOpen, [tenantId, listedMax])
        throw notTripped(
          rule,
          open.map((one) => one.rule),
        )
      }
      const { state, trips, lastCode } = closed
      await writeAudit(client, {
        tenantId,
        actor: actorName(actor),
        action: 'rule.reset',
        target: `rule/${rule}`,
        reason,
        before: { breaker: state, trips, lastCode },
        after: null,
      })
      return closed
    })
  }
}
