import { CelConditionCompiler } from './cel-condition-compiler.ts'
import type { ConditionCompiler } from './condition-compiler.ts'

/** The one evaluator of conditions: for validation, the daemon, tests and explanations alike. */
export const conditions: ConditionCompiler = new CelConditionCompiler()
