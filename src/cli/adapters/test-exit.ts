import type { TemplatesReport } from '../../app/adapters/messages/check-templates.ts'
import type { MessagePreview } from '../../app/adapters/messages/preview-message.ts'
import { kindOfCallCode } from '../../app/adapters/testing/outcome-fixes.ts'
import type { HealthReport } from '../../app/adapters/testing/test-health.ts'
import type { SendReport } from '../../app/adapters/testing/send-test.ts'
import { exitCodeOf, exitCodes } from '../errors/exit-codes.ts'

/** By who must act: nobody, the network, time, whoever keeps the credentials. */
export function exitOfHealth({ state, code }: Pick<HealthReport, 'state' | 'code'>): number {
  if (state === 'ok') return exitCodes.ok
  return code === null ? exitCodes.failed : exitCodeOf(kindOfCallCode(code))
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
