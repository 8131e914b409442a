import type { AlertCondition } from '../../platform/alerts/alert.ts'
import { alertCodes } from '../../platform/alerts/alert-codes.ts'
import type { AlertCode } from '../../platform/alerts/alert-codes.ts'
import type { SourceState, SourceStatus } from './source.ts'

/** What sources raise. Derived from their rows at every look, so that no crash can lose one. */
export const sourceAlertCodes = ['NX-ALERT-SOURCE'] as const satisfies readonly AlertCode[]

const troubled: readonly SourceState[] = ['quarantined', 'drifted', 'broken', 'unreachable']

/** A repository that does not answer once or twice is nobody's business. */
const attemptsMin = 3

/** The conditions that these sources give rise to: what they hold is not what is active, and nobody but a person can change that. */
export function sourceAlerts(sources: readonly SourceStatus[]): readonly AlertCondition[] {
  return sources
    .filter(
      ({ state, memory }) =>
        troubled.includes(state) && (state !== 'unreachable' || memory.attempts >= attemptsMin),
    )
    .map(({ name, state, code, message, since, memory }) => ({
      tenantId: null,
      code: 'NX-ALERT-SOURCE',
      subject: `source/${name}`,
      ...alertCodes['NX-ALERT-SOURCE'],
      detail: `${name} is ${state}: ${message}`,
      fix: 'neuronx config sources',
      facts: {
        source: name,
        state,
        code,
        since,
        seen: memory.seen,
        applied: memory.applied?.version ?? null,
      },
    }))
}
