import type { JsonValue } from '../../kernel/json.ts'
import { sha256Hex } from '../../kernel/digest.ts'

/**
 * Why it was put aside.
 *   permanent  the vendor will never take it            exhausted  every attempt failed
 *   in_doubt   nobody knows whether it took effect      poison     handling it fails
 *   invalid    verified, but it cannot be understood
 */
export type DeadLetterClass = 'permanent' | 'exhausted' | 'in_doubt' | 'poison' | 'invalid'

/** What was put aside: a command, an event, a rule's part of an event, a webhook that could not be mapped. */
export type DeadLetterSource = 'command' | 'event' | 'rule' | 'webhook' | 'ingest'

export interface NewDeadLetter {
  readonly id: string
  readonly tenantId: string
  readonly workspace: string
  readonly source: DeadLetterSource
  readonly class: DeadLetterClass
  /** Stable code, `NX-…`. */
  readonly code: string
  /** What is wrong, for a person. No secrets. */
  readonly reason: string
  readonly integration: string | null
  readonly entityKey: string | null
  readonly eventId: string | null
  readonly commandId: string | null
  /** `RuleSet/x#y`, when a document caused it. */
  readonly cause: string | null
  /** What is needed to look at it and to replay it. For webhooks: `{headers, body}` with credentials removed. */
  readonly payload: JsonValue
}

export type DeadLetterStatus = 'open' | 'replaying' | 'resolved' | 'discarded'

export interface DeadLetter extends NewDeadLetter {
  readonly status: DeadLetterStatus
  readonly fingerprint: string
  readonly createdAt: string
  readonly replays: number
  /** How a person ended it: `{outcome, evidence, as, changes, by}`, as far as they apply; null: nobody did. */
  readonly resolution?: JsonValue
  /** Its last replay: `{at, as, job, outcome}`; null: there was none. */
  readonly lastReplay?: JsonValue
}

/** Groups letters with the same trouble: code, class, integration, cause, and the reason without its numbers and ids. */
export function fingerprintOf(
  letter: Pick<NewDeadLetter, 'code' | 'class' | 'integration' | 'cause' | 'reason'>,
): string {
  const shape = letter.reason.replaceAll(/[0-9a-f]{8,}|\d+|"[^"]*"|'[^']*'/g, '#')
  return `fp_${sha256Hex([letter.code, letter.class, letter.integration ?? '', letter.cause ?? '', shape].join('\n')).slice(0, 12)}`
}
