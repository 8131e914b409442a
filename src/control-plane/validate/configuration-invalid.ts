import { NxError } from '../../kernel/errors.ts'
import type { Finding } from '../documents/finding.ts'

/** NX-CONFIG-INVALID: a configuration that may not be applied or compiled, with everything that is wrong with it. */
export class ConfigurationInvalid extends NxError {
  readonly findings: readonly Finding[]

  constructor(findings: readonly Finding[]) {
    const errors = findings.filter(({ severity }) => severity === 'error')
    const [first] = errors
    const count = errors.length === 1 ? 'one error' : `${errors.length} errors`
    super('configuration', 'NX-CONFIG-INVALID', `The configuration is not valid: ${count}`, {
      ...(first === undefined
        ? {}
        : { detail: `The first: ${first.code} ${first.message}`, where: placeOf(first) }),
      fix: 'Run `neuronx config validate DIR` for all of them; nothing was changed.',
    })
    this.findings = findings
  }
}

function placeOf({ file, line, column, path }: Finding) {
  return { file, line, column, path }
}
