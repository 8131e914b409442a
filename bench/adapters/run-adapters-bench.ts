import { availableParallelism, cpus } from 'node:os'
import { benchFolder } from '../bench-folder.ts'
import { renderTargets } from '../targets.ts'
import { writeResults } from '../write-results.ts'
import { adaptersOptions } from './adapters-options.ts'
import { targetsOf } from './adapters-targets.ts'
import { measureCalls } from './measure-calls.ts'
import { measureDispatcher } from './measure-dispatch.ts'
import { measureVerify } from './measure-verify.ts'
import { renderAdapters } from './render-adapters-report.ts'
import type { AdaptersReport } from './render-adapters-report.ts'

/**
 * What it costs to speak to vendors: calls beside bare undici, verifying webhooks, the dispatcher with Postgres, and a vendor that is
 * slow beside one that is not. Prints the report and writes it to bench/results. Returns the exit code: 1 when a command failed, was
 * lost or came twice; a target that is missed is printed and changes nothing.
 */
export async function runAdaptersBench(words: readonly string[]): Promise<number> {
  const options = adaptersOptions(words)
  const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`)
  const wants = (...names: readonly string[]): boolean =>
    options.only === null || names.some((name) => options.only?.includes(name))
  await using opened = new AsyncDisposableStack()
  if (wants('calls')) say(`${options.commands} calls a round, ${options.rounds} rounds`)
  const calls = wants('calls') ? await measureCalls(options.commands, options.rounds) : []
  if (wants('verify')) say('verifying webhooks')
  const verified = wants('verify') ? await measureVerify() : []
  if (wants('dispatch', 'slow')) say('the dispatcher with Postgres')
  const dispatcher = wants('dispatch', 'slow')
    ? await measureDispatcher(options, await benchFolder(opened))
    : null
  const targets = targetsOf({ calls, verified, dispatcher })
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
  }
  const report: AdaptersReport = { machine, options, calls, verified, dispatcher, targets }
  for (const line of [...renderAdapters(report), '', ...renderTargets(targets)]) say(line)
  say(`\nwritten to ${await writeResults('adapters', report)}`)
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
  const failures = [
    ...calls.flatMap(({ connector, failed }) =>
      failed === 0 ? [] : [`${connector}: ${failed} commands failed`],
    ),
    ...(dispatcher?.failures ?? []),
  ]
  for (const failure of failures) say(`FAILED ${failure}`)
  return failures.length > 0 ? 1 : 0
}
