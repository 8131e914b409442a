import { errorText, NxError } from '../src/kernel/errors.ts'

const usage = `npm run bench -- pipeline   neuronx beside its floor, graphile-worker and pg-boss: HTTP in to commands received
npm run bench -- outbox     outbox to committed work: relay, bus, consumer and commit beside the same work in three peers
npm run bench -- validate   config validate of 10,000 generated documents: time, documents a second, peak memory
npm run bench -- rules      10,000 rules, evaluated and indexed, beside seven rule and expression engines: CPU time, correctness
npm run bench -- workflows  wake and advance beside DBOS and graphile-worker; a million asleep; one tenant's burst beside another
npm run bench -- adapters   calls through connectors beside bare undici, webhooks verified, a slow vendor beside a quick one
npm run bench -- rollout    simulated rollouts: false rollbacks and units hurt, the judge beside a plain threshold gate
npm run bench -- startup    CPU time of the command line beside an empty oclif CLI and bare node
npm run bench -- backtest   recorded events a second through baseline and candidate, with 200 rules`

/** Each returns its exit code. Loaded when asked for: the pipeline's needs are not the start-up's. */
const benchmarks: Readonly<Record<string, (words: readonly string[]) => Promise<number>>> = {
  pipeline: async (words) => await (await import('./pipeline/run-pipeline-bench.ts')).runPipelineBench(words),
  outbox: async (words) => await (await import('./outbox/run-outbox-bench.ts')).runOutboxBench(words),
  validate: async (words) => await (await import('./validate/run-validate-bench.ts')).runValidateBench(words),
  backtest: async (words) => await (await import('./backtest/run-backtest-bench.ts')).runBacktestBench(words),
  rules: async (words) => await (await import('./rules/run-rules-bench.ts')).runRulesBench(words),
  workflows: async (words) =>
    await (await import('./workflows/run-workflows-bench.ts')).runWorkflowsBench(words),
  adapters: async (words) => await (await import('./adapters/run-adapters-bench.ts')).runAdaptersBench(words),
  rollout: async (words) => await (await import('./rollout/run-rollout-bench.ts')).runRolloutBench(words),
  startup: async (words) => await (await import('./report-startup.ts')).reportStartup(words),
}

const [name = '', ...words] = process.argv.slice(2)

// Every server and process that a benchmark starts ends when this one does.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code))
}

const benchmark = Object.hasOwn(benchmarks, name) ? benchmarks[name] : undefined
if (benchmark === undefined) {
  process.stderr.write(`${name === '' ? 'Which benchmark?' : `There is no benchmark '${name}'.`}\n${usage}\n`)
  process.exitCode = 64
} else {
  try {
    process.exitCode = await benchmark(words)
  } catch (error) {
    process.stderr.write(`error ${describe(error)}\n`)
    process.exitCode = error instanceof NxError && error.kind === 'usage' ? 64 : 1
  }
}

function describe(error: unknown): string {
  if (!(error instanceof NxError))
    return error instanceof Error ? (error.stack ?? error.message) : errorText(error)
  return [`${error.code}  ${error.message}`, error.detail, error.fix]
    .filter((line) => line !== undefined)
    .join('\n  ')
}
