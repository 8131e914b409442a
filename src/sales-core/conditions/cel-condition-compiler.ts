import { errorText } from '../../kernel/errors.ts'
import type {
  CompiledCondition,
  Condition,
  ConditionCompiler,
  ConditionResult,
  Expected,
  VariableTypes,
  VariableValues,
} from './condition-compiler.ts'
import { isOpen, celTypeText, kindOfType } from './cel/cel-type.ts'
import type { Code } from './cel/code.ts'
import { CelElaborator } from './cel/elaborate.ts'
import { Frame, fuelMax } from './cel/frame.ts'
import { parseCel } from './cel/parse.ts'
import { EvaluationFailure, toJson } from './cel/value.ts'

/** Conditions written in CEL: the syntax comes from a library, checking and evaluation are ours and bounded. */
export class CelConditionCompiler implements ConditionCompiler {
  compile(source: string, variables: VariableTypes, expected: Expected, fuel = fuelMax): CompiledCondition {
    const parsed = parseCel(source)
    if ('problem' in parsed) return { state: 'problems', problems: [parsed.problem] }
    const elaborator = new CelElaborator(variables)
    const code = elaborator.elaborate(parsed.ast)
    if (elaborator.problems.length === 0 && !isOpen(code.type) && kindOfType(code.type) !== expected) {
      elaborator.problem(
        { start: 0 },
        'NX-CONDITION-TYPE',
        `It is a ${celTypeText(code.type)} and must be ${expected === 'bool' ? 'true or false' : 'a number'}`,
      )
    }
    const problems = elaborator.problems.toSorted((a, b) => a.offset - b.offset)
    if (problems.length > 0) return { state: 'problems', problems }
    const { roots, reads } = elaborator
    return {
      state: 'compiled',
      condition: conditionOf({ source, roots, reads: [...reads], variables }, code, expected, fuel),
    }
  }
}

function conditionOf(
  parts: Omit<Condition, 'evaluate'>,
  code: Code,
  expected: Expected,
  fuel: number,
): Condition {
  const kind = expected === 'bool' ? 'boolean' : 'number'
  return {
    ...parts,
    evaluate(values: VariableValues): ConditionResult {
      try {
        const value = code.run(new Frame(values, fuel))
        if (typeof value === kind) return { state: 'value', value: value as boolean | number }
        if (value === null) return { state: 'value', value: expected === 'bool' ? false : null }
        return {
          state: 'error',
          code: 'NX-CONDITION-DATA',
          message: `It should yield a ${expected} and yielded ${JSON.stringify(toJson(value)).slice(0, 60)}`,
        }
      } catch (failure) {
        // Anything that is not a failure of ours (a stack that overflowed) must not stop the other rules either.
        const code_ = failure instanceof EvaluationFailure ? failure.code : 'NX-CONDITION-FAILED'
        return { state: 'error', code: code_, message: errorText(failure) }
      }
    },
  }
}
