import { NxError } from '../../../kernel/errors.ts'

const fixDefault =
  'Correct the `with:` of the rule or step that makes this call, then replay the dead letter.'

/** NX-CONNECTOR-INPUT (invalid): what a call was given cannot be made a request. */
export function misfit(detail: string, fix = fixDefault): NxError {
  return new NxError('invalid', 'NX-CONNECTOR-INPUT', 'The input does not fit the operation', { detail, fix })
}
