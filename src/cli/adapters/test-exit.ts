import type { TemplatesReport } from '../../app/adapters/messages/check-templates.ts'
import type { MessagePreview } from '../../app/adapters/messages/preview-message.ts'
import type { HealthReport } from '../../app/adapters/testing/test-health.ts'
import type { SendReport } from '../../app/adapters/testing/send-test.ts'
import { exitCodes } from '../errors/exit-codes.ts'

const later = new Set(['NX-CALL-RATE-LIMITED', 'NX-CALL-QUOTA', 'NX-CALL-FAILED', 'NX-AUTH-BUSY'])
const unreached = new Set([
  'NX-CALL-UNREACHABLE',
  'NX-CALL-NO-ANSWER',
  'NX-AUTH-UNREACHABLE',
  'NX-EGRESS-PRIVATE',
])

/** By who must act: nobody, the network, time, whoever keeps the credentials. */
export function exitOfHealth({ state, code }: Pick<HealthReport, 'state' | 'code'>): number {
  if (state === 'ok') return exitCodes.ok
  if (code === null) return exitCodes.failed
  if (unreached.has(code)) return exitCodes.unreachable
  if (later.has(code)) return exitCodes.tryLater
  const credentials = code === 'NX-CALL-CREDENTIALS' || code === 'NX-SECRET-MISSING'
  return credentials || code.startsWith('NX-AUTH-') ? exitCodes.configuration : exitCodes.failed
}

export function exitOfSend({ state }: Pick<SendReport, 'state'>): number {
  if (state === 'sent') return exitCodes.ok
  return state === 'pending' ? exitCodes.pending : exitCodes.failed
}

/** A message that could not be sent like this is bad data; what is only odd is shown. */
export function exitOfPreview({ findings }: Pick<MessagePreview, 'findings'>): number {
  return findings.some(({ severity }) => severity === 'error') ? exitCodes.badData : exitCodes.ok
}

/** 2: the documents and the vendor differ; a list that could not be read ends as the health call would. */
export function exitOfTemplates({ state, code }: Pick<TemplatesReport, 'state' | 'code'>): number {
  if (state === 'ok') return exitCodes.ok
  return state === 'different' ? exitCodes.changes : exitOfHealth({ state: 'failed', code })
}
