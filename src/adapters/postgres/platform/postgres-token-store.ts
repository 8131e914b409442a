import type pg from 'pg'
import { NxError } from '../../../kernel/errors.ts'
import { isUuid, newId } from '../../../kernel/ids.ts'
import { actorName } from '../../../platform/access/actor.ts'
import type { Actor, Role } from '../../../platform/access/actor.ts'
import type { TokenInfo, TokenStore } from '../../../platform/access/token-store.ts'
import { inRole, run } from '../connection/transaction.ts'
import { writeAudit } from './write-audit.ts'

/** As a row's columns are named in TokenInfo. */
export const tokenColumns = `id, tenant_id as "tenantId", workspace, role, label, created_at as "createdAt",
  expires_at as "expiresAt", revoked_at as "revokedAt"`

const insert = {
  name: 'token_insert',
  text: `
insert into api_token (id, tenant_id, workspace, role, label, hash, expires_at) values ($1, $2, $3, $4, $5, $6, $7)
returning ${tokenColumns}`,
}
const list = {
  name: 'token_list',
  text: `select ${tokenColumns} from api_token where tenant_id = $1 order by created_at, id`,
}
const revoke = {
  name: 'token_revoke',
  text: `
update api_token set revoked_at = coalesce(revoked_at, clock_timestamp()) where tenant_id = $1 and id = $2
returning ${tokenColumns}`,
}

/** API tokens on Postgres; of their secrets there is only a sha256. */
export class PostgresTokenStore implements TokenStore {
  readonly #pool: pg.Pool

  /** `pool` works as neuronx_control. */
  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async create(
    token: {
      tenantId: string
      workspace: string
      role: Role
      label: string | null
      hash: Buffer
      expiresAt: string | null
    },
    actor: Actor,
    reason: string | null,
  ): Promise<TokenInfo> {
    const { tenantId, workspace, role, label, hash, expiresAt } = token
    return inRole(this.#pool, async (client) => {
      const values = [newId(), tenantId, workspace, role, label, hash, expiresAt]
      const created = (await run<TokenInfo>(client, insert, values))[0] as TokenInfo
      await audit(client, 'token.create', null, created, actor, reason)
      return created
    })
  }

  async list(tenantId: string): Promise<readonly TokenInfo[]> {
    return inRole(this.#pool, async (client) => run<TokenInfo>(client, list, [tenantId]))
  }

  async revoke(tenantId: string, tokenId: string, actor: Actor, reason: string | null): Promise<TokenInfo> {
    return inRole(this.#pool, async (client) => {
      const [revoked] = isUuid(tokenId) ? await run<TokenInfo>(client, revoke, [tenantId, tokenId]) : []
      if (revoked === undefined) {
        throw new NxError('not_found', 'NX-TOKEN-NOT-FOUND', 'This tenant has no token with this id', {
          detail: tokenId.slice(0, 60),
          fix: 'See `neuronx token list`.',
        })
      }
      await audit(client, 'token.revoke', { ...revoked, revokedAt: null }, revoked, actor, reason)
      return revoked
    })
  }
}

async function audit(
  client: pg.ClientBase,
  action: string,
  before: TokenInfo | null,
  after: TokenInfo,
  actor: Actor,
  reason: string | null,
): Promise<void> {
  await writeAudit(client, {
    tenantId: after.tenantId,
    actor: actorName(actor),
    action,
    target: `token/${after.id}`,
    reason,
    before: before === null ? null : { ...before },
    after: { ...after },
  })
}
