import { NxError } from '../../kernel/errors.ts'
import type { Scope } from '../documents/document.ts'
import { scopeName } from '../documents/document.ts'
import type { SavedPlan } from './plan-store.ts'
import type { ActiveHead, ScopeDigest } from './revision-store.ts'

/** A scope in which something else is active than the plan was made on. */
export interface MovedScope {
  readonly scope: Scope
  readonly expected: string | null
  readonly found: ActiveHead | null
}

/** Scopes of the base in which neither the base nor, already, the candidate is active. */
export function movedScopes(
  base: readonly ScopeDigest[],
  candidate: readonly ScopeDigest[],
  active: ReadonlyMap<string, ActiveHead>,
): readonly MovedScope[] {
  const wanted = new Map(candidate.map(({ scope, digest }) => [scopeName(scope), digest]))
  return base.flatMap(({ scope, digest }) => {
    const found = active.get(scopeName(scope)) ?? null
    const current = found?.digest ?? null
    return current === digest || (current !== null && current === wanted.get(scopeName(scope)))
      ? []
      : [{ scope, expected: digest, found }]
  })
}

const short = (digest: string | null): string => digest?.slice(0, 12) ?? 'nothing'

const listedMax = 5

/** NX-PLAN-STALE: names what moved and who moved it. */
export function planStale(moved: readonly MovedScope[]): NxError {
  const lines = moved.slice(0, listedMax).map(({ scope, expected, found }) => {
    const who = found === null ? '' : `, by ${found.activatedBy} at ${found.activatedAt}`
    return `${scopeName(scope)}: ${short(expected)} when it was planned, ${short(found?.digest ?? null)} now${who}`
  })
  const rest = moved.length > listedMax ? [`and ${moved.length - listedMax} scopes more`] : []
  return new NxError('conflict', 'NX-PLAN-STALE', 'What is active has changed since this was planned', {
    detail: [...lines, ...rest].join('\n'),
    fix: 'Look at what changed (`neuronx config history`), then plan again: neuronx config plan DIR',
  })
}

export function planNotFound(id: string): NxError {
  return new NxError('not_found', 'NX-PLAN-NOT-FOUND', `There is no saved plan '${id.slice(0, 60)}'`, {
    fix: 'Save one: neuronx config plan DIR --save',
  })
}

/** Why a saved plan that is not open cannot be applied: NX-PLAN-APPLIED, NX-PLAN-EXPIRED or NX-PLAN-STALE. */
export function planClosed({
  id,
  status,
  expiresAt,
}: Pick<SavedPlan, 'id' | 'status' | 'expiresAt'>): NxError {
  const again = 'Plan again: neuronx config plan DIR'
  if (status.state === 'applied') {
    return new NxError('conflict', 'NX-PLAN-APPLIED', 'This plan was applied already', {
      detail: `Plan ${id} was applied at ${status.at} by ${status.by}; something else is active since.`,
      fix: again,
    })
  }
  if (status.state === 'stale') {
    return new NxError('conflict', 'NX-PLAN-STALE', 'What is active has changed since this was planned', {
      detail: status.because ?? `Plan ${id} was found stale at ${status.at}.`,
      fix: again,
    })
  }
  return new NxError('conflict', 'NX-PLAN-EXPIRED', 'This plan has expired', {
    detail: `Plan ${id} could be applied until ${expiresAt}.`,
    fix: again,
  })
}

export function planUnapproved({ id, approvers, approvals }: SavedPlan): NxError {
  return new NxError('denied', 'NX-PLAN-UNAPPROVED', 'This plan needs to be approved first', {
    detail: `It has ${approvals.length} of ${approvers} approvals of people other than the one who made it.`,
    fix: `neuronx config apply --plan ${id} --approve`,
  })
}

export function revisionQuarantined(
  scope: Scope,
  quarantined: { readonly digest: string; readonly reason: string; readonly at: string; readonly by: string },
): NxError {
  return new NxError('configuration', 'NX-REVISION-QUARANTINED', 'This revision is quarantined', {
    detail: `${scopeName(scope)} ${short(quarantined.digest)}: ${quarantined.reason} (${quarantined.by}, ${quarantined.at})`,
    fix: 'Correct what went wrong and apply the new content; to apply it all the same: --override-quarantine --reason TEXT',
  })
}

export function revisionNotFound(scope: Scope, digest: string): NxError {
  return new NxError(
    'not_found',
    'NX-REVISION-NOT-FOUND',
    digest === 'previous'
      ? `Nothing was active before in ${scopeName(scope)}`
      : `${scopeName(scope)} has no revision '${digest.slice(0, 64)}'`,
    { fix: `See what it had: neuronx config history --scope ${scopeName(scope)}` },
  )
}

export function revisionAmbiguous(scope: Scope, digest: string): NxError {
  return new NxError('usage', 'NX-REVISION-AMBIGUOUS', `'${digest}' does not name one revision`, {
    detail: `In ${scopeName(scope)} it is the beginning of several, or shorter than ${digestPrefixMin} characters, or not a digest.`,
    fix: `Write more of the digest: neuronx config history --scope ${scopeName(scope)} --json`,
  })
}

/** The shortest beginning of a digest that may stand for it. */
export const digestPrefixMin = 8

/** Can this be a digest, or the beginning of one? */
export function isDigestPrefix(text: string): boolean {
  return /^[0-9a-f]{8,64}$/.test(text)
}

export function planOwnApproval({ id, createdBy }: Pick<SavedPlan, 'id' | 'createdBy'>): NxError {
  return new NxError('denied', 'NX-PLAN-OWN-APPROVAL', 'Who made a plan cannot approve it', {
    detail: `${createdBy} made plan ${id}.`,
    fix: 'Ask somebody else with the permission config.apply.',
  })
}

export function notQuarantined(scope: Scope, digest: string): NxError {
  return new NxError(
    'not_found',
    'NX-REVISION-NOT-QUARANTINED',
    `${scopeName(scope)} has no quarantined revision ${short(digest)}`,
    { fix: `See what is: neuronx config history --scope ${scopeName(scope)}` },
  )
}
