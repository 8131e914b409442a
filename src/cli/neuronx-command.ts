import { Command } from '@oclif/core/command'
import { boolean } from '@oclif/core/flags'
import type { Config, Interfaces } from '@oclif/core'
import { processEnvironment } from '../app/config/process-environment.ts'
import type { Settings } from '../app/config/settings.ts'
import type { ListenDefaults, SettingsFlags } from '../app/config/load-settings.ts'
import { systemClock } from '../kernel/clock.ts'
import { NxError } from '../kernel/errors.ts'
import { confirm, confirmByName } from './confirm.ts'
import { errorEnvelope, resultEnvelope } from './envelope.ts'
import type { EnvelopeMeta } from './envelope.ts'
import { reportOf } from './errors/error-report.ts'
import type { ErrorReport } from './errors/error-report.ts'
import { exitCodes } from './errors/exit-codes.ts'
import { listenForInterrupts } from './interrupts.ts'
import type { Interrupts } from './interrupts.ts'
import { processOutput } from './output.ts'
import type { Output } from './output.ts'
import { renderError } from './errors/render-error.ts'
import { requiredTenant } from './required-tenant.ts'
import { findingsOf, renderFindings } from './views/render-findings.ts'
import { outliveReader } from './stdout-drain.ts'
import { renderTable } from './views/table.ts'
import type { Column } from './views/table.ts'
import { usageError } from './errors/usage-error.ts'

type ParsedWords = Interfaces.OutputFlags<Interfaces.FlagInput>

/** How a command relates to its terminal and its JSON. */
export type CommandStyle =
  /** Ends with one result. */
  | 'result'
  /** Prints lines until it is interrupted; with `--json` one JSON object a line, no envelope. */
  | 'stream'
  /** A process of its own: handles signals itself, goes on when nobody reads its output. */
  | 'service'

/**
 * The base of every command. `run` parses, calls a use case and returns a typed result; `render` prints it for a person.
 * With `--json` the result (or the failure) is printed as one envelope instead. Never exits while output is under way:
 * sets the exit code and lets the process drain.
 */
export abstract class NeuronxCommand<Result> extends Command {
  static override enableJsonFlag = true
  static readonly style: CommandStyle = 'result'
  static override baseFlags = {
    'no-input': boolean({ helpGroup: 'GLOBAL', summary: 'Never ask; fail where an answer would be needed.' }),
    yes: boolean({ char: 'y', helpGroup: 'GLOBAL', summary: 'Answer confirmations with yes.' }),
    verbose: boolean({
      char: 'v',
      helpGroup: 'GLOBAL',
      summary: 'Say more; -vv adds the stack of an error.',
    }),
  }

  protected readonly output: Output = processOutput()
  protected readonly warnings: string[] = []
  /** Named in the envelope's meta once it is known. */
  protected tenantSlug: string | null = null
  #exitCode: number = exitCodes.ok
  #interrupts: Interrupts | null = null
  #globals = { yes: false, noInput: false }
  readonly #startedMs = systemClock.monotonicMs()

  /** Runs the command under a configuration that is loaded already (oclif's own `run` would load it again). */
  static override async run<T extends Command>(
    this: new (argv: string[], config: Config) => T,
    argv?: string[],
    options?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    if (!(options instanceof Object) || !('runCommand' in options))
      throw new NxError('bug', 'NX-BUG', 'A command needs a configuration')
    return new this(argv ?? [], options as Config)['_run']()
  }

  abstract override run(): Promise<Result>

  /** Prints the result for a person. Not called with `--json`. */
  protected abstract render(result: Result): void

  /** Runs the command to its end and sets the exit code. Never throws. */
  protected override async _run<T>(): Promise<T> {
    const style = this.#style()
    if (style === 'service') outliveReader()
    else this.#interrupts = listenForInterrupts((code) => this.#sayInterrupted(code))
    let result: Result | undefined
    try {
      result = await this.run()
      this.#exitCode = this.#interrupts?.exitCode ?? this.#exitCode
      if (style === 'result') this.#printResult(result)
    } catch (error) {
      // The command broke off because it was asked to, and has cleaned up behind itself.
      if (this.#interrupts?.exitCode != null && error === this.#interrupts.signal.reason) {
        this.#exitCode = this.#interrupts.exitCode
        this.#sayInterrupted(this.#exitCode)
      } else this.#fail(error)
    }
    process.exitCode = this.#exitCode
    return result as T
  }

  /** A page of a list: its table, and how to get the next one. An empty one says so on stderr, to people only. */
  protected printPage<Row>(
    page: { readonly items: readonly Row[]; readonly cursor: string | null },
    columns: readonly Column<Row>[],
    empty: string,
  ): void {
    if (page.items.length > 0) this.output.print(renderTable(page.items, columns, this.output))
    else if (this.output.isTerminal) this.output.tell(empty)
    if (page.cursor !== null)
      this.output.tell(this.output.errorTheme.faint(`There is more: add --cursor ${page.cursor}`))
  }

  /** The process will end with this code although the command came to its end: findings, partial failures. */
  protected endWith(exitCode: number): void {
    this.#exitCode = exitCode
  }

  /** Something the caller should know that did not stop the command. */
  protected note(warning: string): void {
    this.warnings.push(warning)
    if (!this.jsonEnabled()) this.output.tell(`${this.output.errorTheme.warn('warning')}  ${warning}`)
  }

  /** Aborted when the caller interrupts. A command that takes it must end soon after, by itself. */
  protected interrupted(): AbortSignal {
    if (this.#interrupts === null) throw new NxError('bug', 'NX-BUG', 'A service handles signals itself')
    this.#interrupts.endBySignal()
    return this.#interrupts.signal
  }

  /** Asks before something that is hard to undo. */
  protected async confirmed(question: string): Promise<void> {
    await confirm(question, { yes: this.#globals.yes, interactive: this.mayAsk() })
  }

  /** Asks before what cannot be undone: `name` typed out, or `--confirm name`. */
  protected async confirmedByName(question: string, name: string, given: string | undefined): Promise<void> {
    await confirmByName(question, name, { given, interactive: this.mayAsk() })
  }

  /** Is `--yes` given? What only a question would show need not be worked out then. */
  protected saysYes(): boolean {
    return this.#globals.yes
  }

  /** Is there somebody to ask: a terminal on both sides, and prompts not forbidden? */
  protected mayAsk(): boolean {
    const terminal = process.stdin.isTTY === true && process.stderr.isTTY === true
    return terminal && !processEnvironment()['CI'] && !this.#globals.noInput && !this.jsonEnabled()
  }

  /** The installation's settings: these flags, else the environment, else the file, else the defaults. */
  protected async settings(flags: SettingsFlags = {}, listen?: ListenDefaults): Promise<Settings> {
    const { loadSettings } = await import('../app/config/load-settings.ts')
    return loadSettings(processEnvironment(), process.cwd(), flags, listen)
  }

  /** The slug of `--tenant` or of the settings, named in the envelope's meta. Throws NX-TENANT-REQUIRED without one. */
  protected async slugOf(flag: string | undefined): Promise<{ slug: string; settings: Settings }> {
    const settings = await this.settings({ tenant: flag })
    const slug = requiredTenant(settings)
    this.tenantSlug = slug
    return { slug, settings }
  }

  /** Only the flag decides; oclif's CONTENT_TYPE variable does not. */
  override jsonEnabled(): boolean {
    const end = this.argv.indexOf('--')
    return (end < 0 ? this.argv : this.argv.slice(0, end)).includes('--json')
  }

  protected override async parse<F extends ParsedWords, B extends ParsedWords, A extends ParsedWords>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    try {
      const parsed = await super.parse(options, argv)
      const given: Readonly<Record<string, unknown>> = parsed.flags
      this.#globals = { yes: given['yes'] === true, noInput: given['no-input'] === true }
      return parsed
    } catch (error) {
      const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags, json: true, help: true })
      throw usageError(
        error,
        this.#words(),
        flags.map((flag) => `--${flag}`),
      )
    }
  }

  #style(): CommandStyle {
    return (this.ctor as unknown as { style: CommandStyle }).style
  }

  #words(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  #printResult(result: Result): void {
    if (!this.jsonEnabled()) this.render(result)
    else this.output.print(resultEnvelope(result, this.#exitCode, this.warnings, this.#meta()))
  }

  #fail(error: unknown): void {
    const report = reportOf(error)
    const findings = findingsOf(error)
    const stack = this.#showsStack() && error instanceof Error ? (error.stack ?? null) : null
    this.#exitCode = report.exit
    if (findings !== null && !this.jsonEnabled()) {
      this.output.tell(renderFindings(findings, { theme: this.output.errorTheme }))
    }
    this.#printError(report, stack, findings === null ? null : { findings })
  }

  #printError(report: ErrorReport, stack: string | null, data: object | null = null): void {
    if (this.jsonEnabled()) {
      this.output.print(errorEnvelope(report, this.#meta(), data))
      if (stack !== null) this.output.tell(stack)
    } else this.output.tell(renderError(report, this.output, stack))
  }

  #sayInterrupted(exit: number): void {
    this.#printError(
      {
        code: 'NX-INTERRUPTED',
        exit,
        retryable: true,
        title: 'Interrupted',
        detail: null,
        where: null,
        fix: null,
      },
      null,
    )
  }

  /** `-vv`, `-v -v`: asked for before parsing may have failed, so read from the words. */
  #showsStack(): boolean {
    const asked = this.argv.flatMap((word) =>
      word === '--verbose' ? ['v'] : /^-v+$/.test(word) ? [...word.slice(1)] : [],
    )
    return asked.length >= 2
  }

  #meta(): EnvelopeMeta {
    return {
      command: this.id ?? '',
      version: this.config.version,
      ms: Math.round(systemClock.monotonicMs() - this.#startedMs),
      ...(this.tenantSlug === null ? {} : { tenant: this.tenantSlug }),
    }
  }
}
