import { boolean, string } from '@oclif/core/flags'
import type { Operator } from '../../app/operator.ts'
import { requireInstallation } from '../../app/permitted-tenant.ts'
import type { permittedTenant } from '../../app/permitted-tenant.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { OperatorCommand } from '../operator-command.ts'
import { jobDisplay } from './job-display.ts'
import type { ProgressFormat } from './job-display.ts'
import { jobExitCode } from './shown-job.ts'
import type { ShownJob } from './shown-job.ts'

type Permission = Parameters<typeof permittedTenant>[2]

/** `-o`: how progress is told. */
export const progressFlag = {
  output: string({
    char: 'o',
    options: ['text', 'jsonl'],
    default: 'text',
    summary: 'How progress is told: text on stderr, or the job as JSON lines on stdout.',
    helpValue: 'FORMAT',
  }),
}

/** `--all-tenants`: the jobs of the installation instead of a tenant's. */
export const allTenantsFlag = {
  'all-tenants': boolean({
    summary: 'The jobs that concern all tenants, instead of those of one.',
    exclusive: ['tenant'],
  }),
}

/** Whose jobs a command is about: a tenant's, or (null) the installation's. */
export interface JobScope {
  readonly operator: Operator
  readonly tenantId: string | null
}

/** The base of commands that make, follow or steer jobs. */
export abstract class JobCommand<Result> extends OperatorCommand<Result> {
  // `dlq ops …` extends commands of `job …`: oclif's manifest then looks for these no further up than here.
  static override enableJsonFlag = true
  static override baseFlags = OperatorCommand.baseFlags

  /** Opens the installation for the jobs of `--tenant` or `--all-tenants`, once the actor may. */
  protected async withJobs<T>(
    flags: { readonly tenant?: string | undefined; readonly 'all-tenants'?: boolean },
    permission: Permission,
    use: (scope: JobScope) => Promise<T>,
  ): Promise<T> {
    if (flags['all-tenants'] !== true) {
      return this.withTenant(flags.tenant, permission, ({ operator, tenant }) =>
        use({ operator, tenantId: tenant.id }),
      )
    }
    return this.withOperator(async (operator) => {
      requireInstallation(operator, permission)
      return use({ operator, tenantId: null })
    })
  }

  /** What follows the id in a command to type next: ` --tenant acme`. */
  protected scopeWords(): string {
    return this.tenantSlug === null ? ' --all-tenants' : ` --tenant ${this.tenantSlug}`
  }

  /** How this call wants progress. */
  protected progressFormat(flags: { readonly output: string }): ProgressFormat {
    if (this.jsonEnabled()) return 'none'
    return flags.output === 'jsonl' ? 'jsonl' : 'text'
  }

  /**
   * Shows a job while `run` carries it on, and sets the exit code by how it ended. The first Ctrl-C ends `run` after what is under
   * way and says what becomes of the job; a second one leaves at once.
   */
  protected async follow(
    { operator }: Pick<JobScope, 'operator'>,
    job: ShownJob,
    format: ProgressFormat,
    run: (onProgress: (job: ShownJob) => void, signal: AbortSignal) => Promise<ShownJob>,
  ): Promise<ShownJob> {
    const signal = this.interrupted()
    const onAbort = (): void => {
      if (format !== 'none') this.output.tell('stopping after what is under way; Ctrl-C again leaves at once')
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const title = `${job.kind} ${job.id}`
    const display = await jobDisplay(title, this.output, format, () => operator.clock.now())
    let ended: ShownJob | null = null
    try {
      display.show(job)
      ended = await run((seen) => display.show(seen), signal)
      display.show(ended)
    } finally {
      signal.removeEventListener('abort', onAbort)
      await display.end(ended === null || ended.counts.failed > 0 || jobExitCode(ended) === exitCodes.failed)
    }
    if (signal.aborted) await this.sayWhoGoesOn(operator, ended)
    this.endWith(jobExitCode(ended))
    return ended
  }

  /** Says what becomes of a job that nobody here works on any more. */
  protected async sayWhoGoesOn(operator: Operator, job: ShownJob): Promise<void> {
    if (await this.warnWithoutDaemon(operator, job)) return
    const isOpen = job.status === 'waiting' || job.status === 'running'
    if (isOpen && !this.jsonEnabled())
      this.output.tell(`the job goes on in the daemon: neuronx job watch ${job.id}${this.scopeWords()}`)
  }

  /** Warns when a job that is to go on has nobody who would do it. */
  protected async warnWithoutDaemon(operator: Operator, job: ShownJob): Promise<boolean> {
    if (job.status !== 'waiting' && job.status !== 'running') return false
    if ((await operator.messages.daemonsAlive()) > 0) return false
    this.note(`No daemon runs: the job waits until one does. neuronx job watch ${job.id}${this.scopeWords()}`)
    return true
  }
}
