import type { ErrorKind } from '../../../kernel/errors.ts'
import { isCredentialReason } from '../../../messaging/dispatch/failover.ts'

const unreached = new Set([
  'NX-CALL-UNREACHABLE',
  'NX-CALL-NO-ANSWER',
  'NX-EGRESS-PRIVATE',
  'NX-AUTH-UNREACHABLE',
])
const later = new Set(['NX-CALL-RATE-LIMITED', 'NX-CALL-QUOTA', 'NX-CALL-FAILED', 'NX-AUTH-BUSY'])

/** Who must act about a call that failed, by its code: the network, time, whoever keeps the credentials, or whoever asked. Pure. */
export function kindOfCallCode(code: string): ErrorKind {
  if (unreached.has(code)) return 'unreachable'
  if (later.has(code)) return 'unavailable'
  return isCredentialReason(code) ? 'configuration' : 'conflict'
}

/** What to do about a call that failed, by its code. Pure. */
export function fixOf(code: string, integration: string, slug: string): string {
  const tenant = `--tenant ${slug}`
  if (code === 'NX-SECRET-MISSING') return `neuronx secret set NAME ${tenant} < FILE`
  if (code.startsWith('NX-AUTH-')) return `neuronx adapter auth status ${integration} ${tenant}`
  switch (code) {
    case 'NX-CALL-CREDENTIALS':
      return `Renew the credential at the vendor, then store it: neuronx adapter show ${integration} ${tenant} names its secrets`
    case 'NX-CALL-UNREACHABLE':
      return `Name, address, proxy or certificate: the steps of \`neuronx adapter test ${integration} ${tenant}\` say where it ends; then the vendor's status page`
    case 'NX-CALL-NO-ANSWER':
      return "It was reached and did not answer in time: the vendor's status page; `limits.timeout` of the integration"
    case 'NX-EGRESS-PRIVATE':
      return 'Name a public address, or allow private ones: NEURONX_EGRESS_ALLOW_PRIVATE=true'
    case 'NX-CALL-RATE-LIMITED':
    case 'NX-CALL-QUOTA':
      return `It is there, and wants fewer calls: neuronx adapter limits ${integration} ${tenant}`
    case 'NX-CALL-FAILED':
      return "The vendor's status page; daemons try again by themselves"
    case 'NX-INTEGRATION-DISABLED':
      return 'Its document says `mode: disabled`: change it, and neuronx config apply'
    default:
      return `What it was asked: neuronx adapter test ${integration} ${tenant} --render OPERATION`
  }
}
