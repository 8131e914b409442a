import { NxError } from '../../kernel/errors.ts'
import { linearRegex } from '../conditions/functions/linear-regex.ts'
import { Failure } from '../conditions/values/value.ts'

/** A regular expression of RE2's syntax, as conditions have them: it takes as many steps as the text is long. Throws NX-TEST-PATTERN. */
export function testPattern(source: string): Exclude<ReturnType<typeof linearRegex>, Failure> {
  const regex = linearRegex(source)
  if (!(regex instanceof Failure)) return regex
  const message = `The pattern ${source.slice(0, 60)} cannot be used: ${regex.message}`
  throw new NxError('invalid', 'NX-TEST-PATTERN', message, {
    fix: 'Use the syntax of RE2: no look-around, no back-references.',
  })
}
