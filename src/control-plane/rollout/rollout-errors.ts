import { NxError } from '../../kernel/errors.ts'
import { scopeName } from '../documents/document.ts'
import type { Rollout } from './rollout.ts'

/** NX-ROLLOUT-BUSY: a live rollout holds a scope, or one above or below it. */
export function rolloutBusy({ id, scopes, state, policy }: Rollout): NxError {
  const queues = policy.newerRevision === 'queue'
  // The first eight digits of an id are those of a whole minute.
  const short = id.slice(0, 13)
  return new NxError('conflict', 'NX-ROLLOUT-BUSY', 'Another rollout is under way here', {
    detail: `Rollout ${id} of ${labelOf(scopes)} is ${state.state}${queues ? '; its policy has newer revisions wait' : ''}.`,
    fix: `Wait for it (neuronx rollout watch ${short}), or end it: neuronx rollout abort ${short} --reason "why"`,
  })
}

/** NX-ROLLOUT-OVERTAKEN: of two that were started at once one goes on, and the other is told. */
export function rolloutOvertaken({ id, scopes, startedBy, reason, state }: Rollout): NxError {
  const why = reason === null ? '' : ` (${reason})`
  return new NxError('conflict', 'NX-ROLLOUT-OVERTAKEN', 'Another rollout began here meanwhile', {
    detail: `${startedBy} started rollout ${id} of ${labelOf(scopes)}${why} while this was planned; it is ${state.state}.`,
    fix: `Look at it: neuronx rollout status ${id.slice(0, 13)}. Doing the same again takes its place.`,
  })
}

export function rolloutNotFound(id: string): NxError {
  return new NxError('not_found', 'NX-ROLLOUT-NOT-FOUND', `There is no rollout '${id.slice(0, 60)}'`, {
    fix: 'See what there is: neuronx rollout list',
  })
}

export function rolloutAmbiguous(id: string): NxError {
  return new NxError('usage', 'NX-ROLLOUT-AMBIGUOUS', `'${id}' is the beginning of several rollouts`, {
    fix: 'Write more of it: neuronx rollout list --json',
  })
}

/** NX-ROLLOUT-SCOPES: one rollout changes one tenant, or the global scope and whatever is below it. */
export function rolloutScopes(detail: string): NxError {
  return new NxError('usage', 'NX-ROLLOUT-SCOPES', 'These scopes cannot be one rollout', {
    detail,
    fix: 'Start one rollout per tenant.',
  })
}

/** The names of a rollout's scopes. */
export function labelOf(scopes: Rollout['scopes']): string {
  return scopes.map(({ scope }) => scopeName(scope)).join(', ')
}
