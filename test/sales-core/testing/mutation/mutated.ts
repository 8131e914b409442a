import { expect } from 'chai'
import { systemClock } from '../../../../src/kernel/clock.ts'
import { compileSalesConfig } from '../../../../src/sales-core/compile/compile-sales-config.ts'
import { runMutants } from '../../../../src/sales-core/testing/mutation/run-mutants.ts'
import type { MutationReport } from '../../../../src/sales-core/testing/mutation/run-mutants.ts'
import { runTests } from '../../../../src/sales-core/testing/run-tests.ts'
import { anyIntegration, leadTypes, salesDocuments } from '../../../support/sales/sales-config.ts'

/** What mutation says of the tests in these documents, which all pass. `kept`: with what each condition was evaluated with. */
export async function mutated(
  yaml: string,
  limits: { max?: number; seed?: number; timeMsMax?: number } = {},
  kept = true,
): Promise<MutationReport> {
  const documents = salesDocuments(`${leadTypes}${yaml}`)
  const { cases, failed } = runTests(documents, anyIntegration, { coverage: true })
  expect(failed).to.equal(0)
  const config = compileSalesConfig(documents, 'test', anyIntegration, 'test')
  const suite = {
    documents,
    config,
    cases: cases.map(({ prepared, coverage }) => ({
      prepared,
      touched: coverage?.touched ?? new Set<string>(),
      evaluations: kept ? (coverage?.evaluations ?? null) : null,
    })),
  }
  return await runMutants([suite], {
    max: 1_000,
    seed: 1,
    timeMsMax: 60_000,
    clock: systemClock,
    locate: (document, path, offset) => ({
      file: `${document.kind}/${document.name} ${path.join('.')}`,
      line: 1,
      column: (offset ?? 0) + 1,
    }),
    ...limits,
  })
}
