import type { Command } from '../../messaging/commands/command.ts'
import type { Alert } from './alert.ts'

/** What a route was told of an alert. `sent` false: it could not be sent, and was recorded instead. */
export interface AlertNotice {
  readonly route: string
  /** `raised`, `repeat-1`, `repeat-2`, …, `resolved`. */
  readonly occurrence: string
  readonly sent: boolean
  /** RFC 3339. */
  readonly at: string
}

/** Which notice of an alert. */
export type NoticeKey = Pick<AlertNotice, 'route' | 'occurrence'>

export interface NoticeableAlert {
  readonly alert: Alert
  readonly notices: readonly AlertNotice[]
}

/** The memory of what was sent about alerts. */
export interface AlertNoticeStore {
  /** All that is unresolved, and what was resolved within `resolvedWithinMs`; at most `max` of each. */
  noticeable(resolvedWithinMs: number, max: number): Promise<readonly NoticeableAlert[]>
  /**
   * Writes the notice and queues its command, in one transaction of the command's tenant. false: somebody has done it already, and
   * nothing was written.
   */
  send(alert: Alert, notice: NoticeKey, command: Command): Promise<boolean>
  /** Writes that it is not sent, and why; it is not tried again. */
  withhold(alert: Alert, notice: NoticeKey, why: string): Promise<void>
}
