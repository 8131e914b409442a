import type { AttemptError } from '../../../messaging/commands/command.ts'
import type { OutgoingAnswer } from '../../http/exchange.ts'

/** Why there is no answer, as an error. Its message is not redacted. */
export function unansweredError(answer: Exclude<OutgoingAnswer, { state: 'answered' }>): AttemptError {
  const none = { status: null, answer: null }
  if (answer.state === 'lost') {
    return {
      code: 'NX-CALL-NO-ANSWER',
      message: `The request left and no answer came: ${answer.message}`,
      ...none,
    }
  }
  switch (answer.reason) {
    case 'refused_address':
      return {
        code: 'NX-EGRESS-PRIVATE',
        message: `${answer.message}, and integrations may not reach private addresses (NEURONX_EGRESS_ALLOW_PRIVATE)`,
        ...none,
      }
    case 'busy':
      return { code: 'NX-CALL-BUSY', message: answer.message, ...none }
    case 'stopped':
      return { code: 'NX-CALL-STOPPED', message: answer.message, ...none }
    case 'unreachable':
    case 'timeout':
      return { code: 'NX-CALL-UNREACHABLE', message: `No connection: ${answer.message}`, ...none }
  }
}
