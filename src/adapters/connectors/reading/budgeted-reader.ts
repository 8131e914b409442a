import { errorText } from '../../../kernel/errors.ts'
import type { Logger } from '../../../kernel/logger.ts'
import type { CallReport } from '../../../messaging/commands/gate.ts'
import type { ReadBudget } from '../../../messaging/dispatch/read-budget.ts'
import { parked } from '../calls/failures.ts'
import type { PageAnswer, PageAsk } from '../calls/read-page.ts'
import type { ConnectorExecutor } from '../connector-executor.ts'

/**
 * Reads pages out of the budget that the integration's commands are sent from, all daemons together, and tells its gate what the vendor
 * says of the budget. How a read went is not told: a scope that only reads lack must not stop messages. A shut gate and a budget of
 * which commands need the rest give `parked`, with how long.
 */
export class BudgetedReader {
  readonly #executor: Pick<ConnectorExecutor, 'readPage' | 'limits'>
  readonly #budget: ReadBudget
  readonly #logger: Logger

  constructor(options: {
    executor: Pick<ConnectorExecutor, 'readPage' | 'limits'>
    budget: ReadBudget
    logger: Logger
  }) {
    this.#executor = options.executor
    this.#budget = options.budget
    this.#logger = options.logger
  }

  /** Throws what the stores throw. */
  async readPage(asked: PageAsk, signal: AbortSignal): Promise<PageAnswer> {
    const { tenantId, workspace, integration } = asked
    const { perSecond, burst } = await this.#executor.limits(tenantId, workspace, integration)
    const permit = await this.#budget.take(tenantId, integration, { perSecond, burst })
    if (permit.state === 'wait') {
      const why =
        permit.reason === null
          ? 'Commands need what is left of the budget'
          : `The integration takes no calls: ${permit.reason}`
      const code = permit.reason === null ? 'NX-READ-BUDGET' : 'NX-READ-SHUT'
      return { state: 'failed', outcome: parked(code, why, permit.waitMs) }
    }
    const answer = await this.#executor.readPage(asked, signal)
    const report = answer.state === 'page' ? answer.report : answer.outcome.report
    if (report !== undefined) await this.#tell(asked, report)
    return answer
  }

  /** A report that cannot be written does not undo what was read. */
  async #tell({ tenantId, integration }: PageAsk, report: CallReport): Promise<void> {
    const { pauseMs, remaining } = report
    if (pauseMs === null && remaining === null) return
    const reason = pauseMs === null ? null : report.reason
    try {
      await this.#budget.report(tenantId, integration, { health: 'none', pauseMs, reason, remaining })
    } catch (error) {
      this.#logger.warn(
        { integration, error: errorText(error) },
        'A gate could not be told what a read said of its budget',
      )
    }
  }
}
