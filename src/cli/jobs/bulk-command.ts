import type { Operator } from '../../app/operator.ts'
import { NxError } from '../../kernel/errors.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { renderTable } from '../views/table.ts'
import { JobCommand } from './job-command.ts'
import type { JobScope } from './job-command.ts'
import type { ProgressFormat } from './job-display.ts'
import { endOfJob, itemColumns } from './shown-job.ts'
import type { ShownJob, ShownJobItem } from './shown-job.ts'

/** What a bulk command ends with. */
export interface BulkResult<Plan> {
  readonly dryRun: boolean
  /** What was foreseen; null when nobody had to be shown it. */
  readonly plan: Plan | null
  /** null after a dry run. */
  readonly job: ShownJob | null
  /** Was it left to the daemon? */
  readonly detached: boolean
  /** The first items of a job that was waited for; at most `itemsMax`. */
  readonly items: readonly ShownJobItem[]
}

/** A bulk action, ready to be shown, asked about and begun. */
export interface BulkAction<Plan> {
  plan(): Promise<Plan>
  total(plan: Plan): number
  /** What to ask before; null: no need to. */
  readonly question: ((plan: Plan) => string) | null
  /** What cannot be undone about it, to be confirmed by this name; null: nothing. */
  readonly danger: { readonly text: string; readonly name: string } | null
  start(): Promise<ShownJob>
  /** The error when nothing matches. */
  readonly nothing: () => NxError
}

export interface BulkFlags {
  readonly 'dry-run': boolean
  readonly detach: boolean
  readonly confirm?: string | undefined
  readonly output: string
}

const itemsMax = 500
const troubleMax = 20

/** The base of commands that do something to many things: shows the plan, asks, makes the job, follows it. */
export abstract class BulkCommand<Plan> extends JobCommand<BulkResult<Plan>> {
  #format: ProgressFormat = 'text'

  protected async bulk(
    scope: JobScope,
    action: BulkAction<Plan>,
    flags: BulkFlags,
  ): Promise<BulkResult<Plan>> {
    this.#format = this.progressFormat(flags)
    const none = { job: null, detached: false, items: [] }
    if (flags['dry-run']) return { ...none, dryRun: true, plan: await this.#planned(action) }
    const plan = await this.#agreed(action, flags.confirm)
    const job = await this.#started(action)
    const waitsForStart = startsLater(job, scope.operator)
    if (flags.detach || waitsForStart) {
      this.endWith(exitCodes.pending)
      await this.sayWhoGoesOn(scope.operator, job)
      return { dryRun: false, plan, job, detached: true, items: [] }
    }
    const { operator, tenantId } = scope
    const ended = await this.follow(scope, job, this.#format, (onProgress, signal) =>
      operator.runJob(tenantId, job.id, onProgress, signal),
    )
    const { items } = await operator.jobs.items(tenantId, job.id, { limit: itemsMax, cursor: null })
    return { dryRun: false, plan, job: ended, detached: false, items }
  }

  /** The plan for a person. */
  protected abstract describePlan(plan: Plan): string

  protected override render({ dryRun, plan, job, items, detached }: BulkResult<Plan>): void {
    if (dryRun && plan !== null) {
      this.output.print(this.describePlan(plan))
      this.output.tell('Nothing was changed.')
    }
    if (job === null) return
    if (this.#format === 'jsonl') {
      // One that was waited for has said it all in lines of its own.
      if (detached) this.output.print(JSON.stringify(job))
      return
    }
    const trouble = items.filter((item) => item.status === 'failed' || item.status === 'skipped')
    const shown = trouble.length > 0 ? trouble : items
    if (shown.length > 0) this.output.print(renderTable(shown.slice(0, troubleMax), itemColumns, this.output))
    if (shown.length > troubleMax)
      this.output.tell(
        `and ${shown.length - troubleMax} more: neuronx job show ${job.id}${this.scopeWords()}`,
      )
    this.output.tell(endOfJob(job, this.scopeWords()))
  }

  async #planned(action: BulkAction<Plan>): Promise<Plan> {
    const plan = await action.plan()
    if (action.total(plan) === 0) throw action.nothing()
    return plan
  }

  /** Who begins without a plan hears of nothing in the same words. */
  async #started(action: BulkAction<Plan>): Promise<ShownJob> {
    try {
      return await action.start()
    } catch (error) {
      const nothing = action.nothing()
      throw error instanceof NxError && error.code === nothing.code ? nothing : error
    }
  }

  /** Shows the plan and asks, where that is called for. */
  async #agreed(action: BulkAction<Plan>, given: string | undefined): Promise<Plan | null> {
    const { danger, question } = action
    const asks = danger !== null || (question !== null && !this.saysYes())
    if (!asks) return null
    const plan = await this.#planned(action)
    if (this.mayAsk()) this.output.tell(`${this.describePlan(plan)}\n`)
    const asked = question === null ? '' : question(plan)
    if (danger === null) await this.confirmed(asked)
    else await this.confirmedByName(`${asked} ${danger.text}`.trim(), danger.name, given)
    return plan
  }
}

/** Which reason a bulk action must have. Throws NX-REASON (usage) when it is missing. */
export function requiredReason(flags: {
  readonly reason?: string | undefined
  readonly 'dry-run': boolean
}): string {
  const reason = flags.reason?.trim() ?? ''
  if (reason !== '' || flags['dry-run']) return reason
  throw new NxError('usage', 'NX-REASON', 'Why?', { fix: 'Add --reason TEXT; the audit log keeps it.' })
}

function startsLater({ pace }: ShownJob, { clock }: Operator): boolean {
  return pace.startAt !== null && new Date(pace.startAt).getTime() > clock.now().getTime()
}
