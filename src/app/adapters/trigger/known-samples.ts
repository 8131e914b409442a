import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import type { Sample } from './sample.ts'
import { gohighlevelSamples } from './samples/gohighlevel-samples.ts'
import { resendSamples } from './samples/resend-samples.ts'
import { slackSamples } from './samples/slack-samples.ts'
import { twilioSamples } from './samples/twilio-samples.ts'
import { whatsappSamples } from './samples/whatsapp-samples.ts'

/** By connector. */
export const knownSamples: ReadonlyMap<string, readonly Sample[]> = new Map([
  ['gohighlevel', gohighlevelSamples],
  ['resend', resendSamples],
  ['slack', slackSamples],
  ['twilio', twilioSamples],
  ['whatsapp', whatsappSamples],
])

/** What can be triggered. */
export interface SampleName {
  readonly connector: string
  readonly event: string
  readonly vendorName: string
}

/** A payload, and whose it is. */
export interface FoundSample {
  readonly connector: string
  readonly sample: Sample
}

/** All, or those of one vendor. Throws NX-TRIGGER-VENDOR (not_found). */
export function sampleNames(connector: string | null): readonly SampleName[] {
  const connectors = connector === null ? [...knownSamples.keys()] : [knownVendor(connector)]
  return connectors.flatMap((name) =>
    (knownSamples.get(name) ?? [])
      .map(({ event, vendorName }) => ({ connector: name, event, vendorName }))
      .toSorted((one, other) => (one.event < other.event ? -1 : 1)),
  )
}

/**
 * `twilio.message.received`, or by the vendor's own name `gohighlevel.ContactCreate`. Throws NX-TRIGGER-VENDOR, NX-TRIGGER-EVENT
 * (not_found) with what was probably meant.
 */
export function findSample(name: string): FoundSample {
  const end = name.indexOf('.')
  const connector = knownVendor(end < 0 ? name : name.slice(0, end))
  const wanted = end < 0 ? '' : name.slice(end + 1)
  const samples = knownSamples.get(connector) ?? []
  const found = samples.find(({ event, vendorName }) => event === wanted || vendorName === wanted)
  if (found !== undefined) return { connector, sample: found }
  const meant = nearestName(
    wanted,
    samples.flatMap(({ event, vendorName }) => [event, vendorName]),
  )
  throw new NxError('not_found', 'NX-TRIGGER-EVENT', `There is no payload for '${name}'`, {
    fix:
      meant === null ? `neuronx event trigger ${connector} --list` : `Did you mean '${connector}.${meant}'?`,
  })
}

function knownVendor(name: string): string {
  if (knownSamples.has(name)) return name
  const names = [...knownSamples.keys()]
  const meant = nearestName(name, names)
  throw new NxError('not_found', 'NX-TRIGGER-VENDOR', `There are no payloads of '${name}'`, {
    fix: meant === null ? `Vendors: ${names.join(', ')}.` : `Did you mean '${meant}'?`,
  })
}
