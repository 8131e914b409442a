import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { newId } from '../../../kernel/ids.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Tenant, UnknownEventPolicy } from '../../../platform/tenants/tenant.ts'
import type { TenantStore } from '../../../platform/tenants/tenant-store.ts'
import { inRole, run } from '../connection/transaction.ts'
import { writeAudit } from './write-audit.ts'

/** As a row's columns are named in Tenant. */
export const tenantColumns = `id, slug, name, status, unknown_events as "unknownEvents", created_at as "createdAt"`

const insert = {
  name: 'tenant_insert',
  text: `
insert into tenant (id, slug, name, unknown_events) values ($1, $2, $3, $4)
on conflict (slug) do nothing returning ${tenantColumns}`,
}
const bySlug = { name: 'tenant_by_slug', text: `select ${tenantColumns} from tenant where slug = $1` }
const lockBySlug = {
  name: 'tenant_lock',
  text: `select ${tenantColumns} from tenant where slug = $1 for no key update`,
}
const list = { name: 'tenant_list', text: `select ${tenantColumns} from tenant order by slug` }
const update = {
  name: 'tenant_update',
  text: `update tenant set name = $2, status = $3, unknown_events = $4 where id = $1 returning ${tenantColumns}`,
}

/** Tenants on Postgres. */
export class PostgresTenantStore implements TenantStore {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_control. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async create(
    tenant: { slug: string; name: string; unknownEvents: UnknownEventPolicy },
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant> {
    const { slug, name, unknownEvents } = tenant
    return inRole(this.#pool, async (client) => {
      const [created] = await run<Tenant>(client, insert, [newId(), slug, name, unknownEvents])
      if (created === undefined) {
        throw new NxError('conflict', 'NX-TENANT-EXISTS', `There is a tenant '${slug}' already`, {
          fix: 'Choose another slug, or use the tenant that exists: `neuronx tenant show`.',
        })
      }
      await writeAudit(client, {
        tenantId: created.id,
        actor: actorName(actor),
        action: 'tenant.create',
        target: `tenant/${slug}`,
        reason,
        before: null,
        after: { ...created },
      })
      return created
    })
  }

  async update(
    slug: string,
    change: Partial<Pick<Tenant, 'name' | 'status' | 'unknownEvents'>>,
    actor: Actor,
    reason: string | null,
  ): Promise<Tenant> {
    return inRole(this.#pool, async (client) => {
      const [before] = await run<Tenant>(client, lockBySlug, [slug])
      if (before === undefined) throw tenantNotFound(slug)
      const next = { ...before, ...change }
      const [after] = await run<Tenant>(client, update, [
        before.id,
        next.name,
        next.status,
        next.unknownEvents,
      ])
      if (after === undefined) throw tenantNotFound(slug)
      await writeAudit(client, {
        tenantId: before.id,
        actor: actorName(actor),
        action: 'tenant.update',
        target: `tenant/${slug}`,
        reason,
        before: { ...before },
        after: { ...after },
      })
      return after
    })
  }

  async list(): Promise<readonly Tenant[]> {
    return inRole(this.#pool, async (client) => run<Tenant>(client, list, []))
  }

  async bySlug(slug: string): Promise<Tenant | null> {
    const rows = await inRole(this.#pool, async (client) => run<Tenant>(client, bySlug, [slug]))
    return rows[0] ?? null
  }
}

/** NX-TENANT-NOT-FOUND. */
export function tenantNotFound(slug: string): NxError {
  return new NxError('not_found', 'NX-TENANT-NOT-FOUND', `There is no tenant '${slug}'`, {
    fix: 'See `neuronx tenant list`, or create it with `neuronx tenant create`.',
  })
}
