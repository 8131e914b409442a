import type { WebhookReport } from '../../app/adapters/webhooks/webhook-report.ts'
import { exitCodes } from '../errors/exit-codes.ts'
import type { Output } from '../output.ts'
import { plainLine } from '../text/plain-text.ts'
import { renderFacts } from '../views/table.ts'
import { exitOfHealth } from './test-exit.ts'

const words = {
  registered: 'sends here',
  differs: 'sends here, but not as it must',
  other: 'sends elsewhere',
  absent: 'does not send here',
} as const

/** Where a vendor sends, for people: the address, what the vendor has, what differs, or what to do by hand. */
export function renderWebhooks(report: WebhookReport, output: Pick<Output, 'columns' | 'theme'>): string {
  const { integration, connector, address, steps, vendor, secretStored } = report
  const facts: (readonly [string, string | null])[] = [
    ['Integration', `${integration} (${connector})`],
    ['Address', address],
  ]
  if (vendor?.state === 'unread') facts.push(['Vendor', `not asked: ${vendor.code} ${vendor.message}`])
  else if (vendor !== null) {
    facts.push(['Vendor', words[vendor.state]])
    for (const { id, addresses } of vendor.entries)
      for (const [path, value] of Object.entries(addresses))
        facts.push([id === '' ? 'Has' : `Has ${id}`, `${path}: ${value}`])
    for (const one of vendor.differences) facts.push(['Differs', one])
  }
  if (secretStored !== null) facts.push(['Signing secret', `stored as ${secretStored}`])
  const lines = steps.map((step, index) => plainLine(`${index + 1}. ${step}`))
  return [renderFacts(facts, output), ...(lines.length === 0 ? [] : [lines.join('\n')])].join('\n\n')
}

/** 0: as asked for; 1: it is not as it must be; else by who must act. */
export function exitOfWebhooks({ vendor }: Pick<WebhookReport, 'vendor'>, removing: boolean): number {
  if (vendor === null) return exitCodes.ok
  if (vendor.state === 'unread') {
    if (vendor.code === 'NX-WEBHOOK-CONNECTION') return exitCodes.configuration
    return exitOfHealth({ state: 'failed', code: vendor.code })
  }
  const isOurs = vendor.state === 'registered' || vendor.state === 'differs'
  if (removing) return isOurs ? exitCodes.failed : exitCodes.ok
  return vendor.state === 'registered' ? exitCodes.ok : exitCodes.failed
}
