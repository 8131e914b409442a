import { againstOf, backtestConfiguration } from '../../app/backtest/backtest-configuration.ts'
import type {
  BacktestInstallation,
  BacktestRequest,
  BacktestResult,
} from '../../app/backtest/backtest-configuration.ts'
import { recordingLineBytesMax } from '../../app/backtest/file-recording.ts'
import { permittedTenant } from '../../app/permitted-tenant.ts'
import { systemClock } from '../../kernel/clock.ts'
import { NxError } from '../../kernel/errors.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import { parseTime } from '../flags.ts'
import { readLines } from '../lines/read-lines.ts'
import { OperatorCommand } from '../operator-command.ts'
import { parseRatio, parseShare } from './backtest-flags.ts'
import { backtestLines } from './backtest-lines.ts'

/** The words of a backtest, parsed. */
export interface BacktestWords {
  readonly candidate: string
  readonly only: string | null
  readonly tenant: string | undefined
  readonly workspace: string
  readonly events: string | undefined
  readonly from: string
  readonly until: string | undefined
  readonly against: string
  readonly sample: string
  readonly 'max-entities': number
  readonly divergences: number
  readonly 'show-payload': boolean
  readonly 'max-decision-change': string | undefined
  readonly 'max-new-errors': number | undefined
  readonly 'max-latency-ratio': string | undefined
}

/** Progress is told every so many events. */
const toldEvery = 50_000

/** The base of `config backtest` and `rule backtest`. A gate that failed, or that there is no evidence for, ends with 1. */
export abstract class BacktestCommand extends OperatorCommand<BacktestResult> {
  protected async backtest(words: BacktestWords): Promise<BacktestResult> {
    const against = againstOf(words.against)
    const report =
      words.events !== undefined && against.kind === 'directory'
        ? await this.#offline(words)
        : await this.#installed(words)
    if (report.gates.some(({ state }) => state !== 'passed')) this.endWith(exitCodes.failed)
    return report
  }

  /** Both sides are directories and the events come from a file: no database is needed. */
  async #offline(words: BacktestWords): Promise<BacktestResult> {
    const { slug } = await this.slugOf(words.tenant)
    return this.#run(null, words, { id: null, slug })
  }

  async #installed(words: BacktestWords): Promise<BacktestResult> {
    return this.withTenant(words.tenant, 'event.read', async ({ operator, tenant }) => {
      await permittedTenant(operator, tenant.slug, 'config.read')
      return this.#run(operator, words, tenant)
    })
  }

  async #run(
    installation: BacktestInstallation | null,
    words: BacktestWords,
    tenant: BacktestRequest['scope']['tenant'],
  ): Promise<BacktestResult> {
    const request: BacktestRequest = {
      scope: { tenant: { id: tenant.id, slug: tenant.slug }, workspace: words.workspace },
      candidateDirectory: words.candidate,
      against: againstOf(words.against),
      only: words.only,
      events: await eventsOf(words),
      options: this.#options(words),
    }
    return backtestConfiguration(installation, request, systemClock)
  }

  #options(words: BacktestWords): BacktestRequest['options'] {
    const change = words['max-decision-change']
    const ratio = words['max-latency-ratio']
    let told = 0
    return {
      sample: parseShare(words.sample, 'sample'),
      unitsMax: words['max-entities'],
      divergencesMax: words.divergences,
      showPayload: words['show-payload'],
      gates: {
        maxDecisionChange: change === undefined ? null : parseShare(change, 'max-decision-change'),
        maxNewErrors: words['max-new-errors'] ?? null,
        maxLatencyRatio: ratio === undefined ? null : parseRatio(ratio, 'max-latency-ratio'),
      },
      signal: this.interrupted(),
      onProgress: ({ pass, passes, read }) => {
        if (read - told < toldEvery && read >= told) return
        told = read
        const part = passes === 1 ? '' : ` (reading ${pass} of ${passes})`
        if (this.output.isTerminal && !this.jsonEnabled()) this.output.tell(`${read} events${part}`)
      },
    }
  }

  protected override render(report: BacktestResult): void {
    for (const line of backtestLines(report, this.output)) this.output.print(line)
  }
}

async function eventsOf({ events, from, until }: BacktestWords): Promise<BacktestRequest['events']> {
  if (events === '-') {
    throw new NxError('usage', 'NX-BACKTEST-STDIN', 'A backtest may read its events several times', {
      fix: 'Write them to a file and name it with --events.',
    })
  }
  if (events !== undefined) return { kind: 'file', lines: () => readLines(events, recordingLineBytesMax) }
  const now = systemClock.now()
  const time = async (text: string): Promise<string> => parseTime(text.replace(/^last:/, ''), now)
  return {
    kind: 'log',
    from: await time(from),
    until: until === undefined ? now.toISOString() : await time(until),
  }
}
