import { z } from 'zod'
import { documentName } from '../../../control-plane/documents/document-kind.ts'
import { gateTroubles } from '../../../messaging/dispatch/failover.ts'
import type { GateTrouble } from '../../../messaging/dispatch/failover.ts'
import { channelName, duration } from '../definition/schema-parts.ts'

export const failoverAfterDefault = '15m'
/** Not `off`: who switches an integration off may not want its messages sent another way. */
export const failoverOnDefault: readonly GateTrouble[] = ['down', 'credentials', 'quota']

/** `failover:` of an Integration document. */
export const failoverField = z
  .record(
    channelName,
    z.strictObject({
      to: documentName.describe('The integration that its messages of this channel go out over meanwhile.'),
      after: duration(0, 43_200_000, '0s to 12h')
        .optional()
        .describe(`How long it must have taken no calls. Default: ${failoverAfterDefault}.`),
      on: z
        .array(z.enum(gateTroubles))
        .min(1)
        .max(gateTroubles.length)
        .optional()
        .describe(
          'For what: down (not there, or failing), credentials (refused or missing), quota (too many calls, a used up day), off (switched off by a person). Default: down, credentials, quota.',
        ),
    }),
  )
  .optional()
  .describe(
    'Where messages of a channel go while this integration takes no calls. Only those that certainly did not go out.',
  )

/** Where messages of one channel go while their integration takes no calls. */
export interface FailoverSpec {
  readonly to: string
  readonly after?: string | undefined
  readonly on?: readonly GateTrouble[] | undefined
}

/** Whoever may name others for its channels: a document, or an integration made from one. */
export interface FailingOver {
  readonly name: string
  readonly failover?: Readonly<Record<string, { readonly to: string }>> | undefined
}

/** Says of integrations whether they stand by for others on a channel: then `send:` does not begin with them. */
export function standbysOf(all: Iterable<FailingOver>): (integration: string, channel: string) => boolean {
  const named = new Set<string>()
  for (const { failover = {} } of all)
    for (const [channel, { to }] of Object.entries(failover)) named.add(`${channel}/${to}`)
  return (integration, channel) => named.has(`${channel}/${integration}`)
}

/** Who carries the messages of a channel first, and by which operation. */
export interface Carrier<T> {
  readonly by: T
  readonly operation: string
}

/** The carriers by channel: of those that serve it the first that does not stand by for another. */
export function carriersOf<T extends FailingOver>(
  all: readonly T[],
  channelsOf: (one: T) => Readonly<Record<string, string>>,
): ReadonlyMap<string, Carrier<T>> {
  const standsBy = standbysOf(all)
  const carriers = new Map<string, Carrier<T>>()
  for (const by of all)
    for (const [channel, operation] of Object.entries(channelsOf(by)))
      if (!carriers.has(channel) && !standsBy(by.name, channel)) carriers.set(channel, { by, operation })
  return carriers
}
