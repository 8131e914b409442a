import { NxError } from '../../kernel/errors.ts'

export type Role = 'owner' | 'engineer' | 'operator' | 'viewer' | 'ingest'

export const roles: readonly Role[] = ['owner', 'engineer', 'operator', 'viewer', 'ingest']

export type Permission =
  | 'tenant.read'
  | 'tenant.manage'
  | 'token.manage'
  | 'secret.read'
  | 'secret.manage'
  | 'config.read'
  | 'config.apply'
  | 'config.rollout'
  | 'event.publish'
  | 'event.read'
  | 'entity.read'
  | 'outbox.read'
  | 'outbox.manage'
  | 'command.read'
  | 'command.settle'
  | 'integration.manage'
  | 'dead_letter.read'
  | 'dead_letter.replay'
  | 'job.read'
  | 'job.manage'
  | 'schedule.read'
  | 'schedule.manage'
  | 'rule.manage'
  | 'workflow.read'
  | 'workflow.manage'
  | 'alert.read'
  | 'alert.manage'
  | 'daemon.read'
  | 'database.migrate'

/** What each role may do. The built-in table; a later platform layer may replace it behind `requirePermission`. */
const reading: readonly Permission[] = [
  'tenant.read',
  'config.read',
  'event.read',
  'entity.read',
  'outbox.read',
  'command.read',
  'dead_letter.read',
  'job.read',
  'schedule.read',
  'workflow.read',
  'alert.read',
  'daemon.read',
]

/** For the day when something is stuck. */
const operating: readonly Permission[] = [
  'config.rollout',
  'event.publish',
  'outbox.manage',
  'command.settle',
  'integration.manage',
  'dead_letter.replay',
  'job.manage',
  'schedule.manage',
  'rule.manage',
  'workflow.manage',
  'alert.manage',
]

const granted: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set<Permission>([
    ...reading,
    'tenant.manage',
    'token.manage',
    'secret.read',
    'secret.manage',
    'config.apply',
    ...operating,
    'database.migrate',
  ]),
  engineer: new Set<Permission>([...reading, 'secret.read', 'secret.manage', 'config.apply', ...operating]),
  operator: new Set<Permission>([...reading, ...operating]),
  viewer: new Set<Permission>(reading),
  ingest: new Set<Permission>(['event.publish']),
}

/**
 * Who asks. A token's actor is bound to its tenant; `local` is whoever holds the database credentials on this machine;
 * `daemon` is a control loop.
 */
export type Actor =
  | {
      readonly kind: 'token'
      readonly tokenId: string
      readonly tenantId: string
      readonly workspace: string
      readonly role: Role
    }
  | { readonly kind: 'local'; readonly user: string; readonly role: Role }
  | { readonly kind: 'daemon'; readonly name: string }

/** How an actor is named in the audit log. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'token':
      return `token:${actor.tokenId}`
    case 'local':
      return `local:${actor.user}`
    case 'daemon':
      return `daemon:${actor.name}`
  }
}

/** May the actor do this to this tenant (null: to the installation)? Throws NX-DENIED when not. */
export function requirePermission(actor: Actor, permission: Permission, tenantId: string | null): void {
  if (actor.kind === 'daemon') return
  const allowed =
    granted[actor.role].has(permission) && (actor.kind === 'local' || actor.tenantId === tenantId)
  if (allowed) return
  throw new NxError('denied', 'NX-DENIED', `${actorName(actor)} may not do this`, {
    detail: `It needs the permission ${permission}${tenantId === null ? ' on the installation' : ' on this tenant'}; its role is ${actor.role}.`,
    fix: 'Ask an owner of the tenant for a token with a role that has this permission.',
  })
}
