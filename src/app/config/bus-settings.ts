import { resolve } from 'node:path'
import { z } from 'zod'
import type { NatsAccess } from '../../adapters/nats/access/nats-access.ts'
import type { NatsCredentials } from '../../adapters/nats/access/nats-credentials.ts'
import type { StreamOptions } from '../../adapters/nats/streams.ts'
import { natsUrlSchema, pathSchema } from './setting-values.ts'

/** How NATS is reached and what its streams are like. */
export interface BusSettings {
  readonly access: NatsAccess
  readonly streams: StreamOptions
  /** What delivered messages may take in memory until they are settled, bytes. */
  readonly prefetchBytesMax: number
}

const text = z.string().min(1).max(256)
const wholeNumber = (min: number, max: number) => z.number().int().min(min).max(max)

const tlsSchema = z.strictObject({
  caFile: pathSchema.optional(),
  certFile: pathSchema.optional(),
  keyFile: pathSchema.optional(),
  serverName: text.optional(),
  handshakeFirst: z.boolean().optional(),
})

const streamsSchema = z.strictObject({
  replicas: z.union([z.literal(1), z.literal(3), z.literal(5)], { error: 'must be 1, 3 or 5' }).optional(),
  storage: z.enum(['file', 'memory']).optional(),
  eventsAgeHoursMax: wholeNumber(1, 8_760).optional(),
  eventsMibMax: wholeNumber(16, 1_048_576).optional(),
  ingestMibMax: wholeNumber(16, 1_048_576).optional(),
  duplicateWindowSeconds: wholeNumber(10, 3_600).optional(),
})

/** The `bus` section of the settings file. Paths are relative to the file. */
export const busSchema = z
  .strictObject({
    url: natsUrlSchema.optional(),
    user: text.optional(),
    passwordFile: pathSchema.optional(),
    tokenFile: pathSchema.optional(),
    nkeySeedFile: pathSchema.optional(),
    credentialsFile: pathSchema.optional(),
    tls: tlsSchema.optional(),
    streams: streamsSchema.optional(),
    prefetchMibMax: wholeNumber(16, 4_096).optional(),
  })
  .refine((bus) => credentialNames.filter((name) => bus[name] !== undefined).length <= 1, {
    error: 'takes one of passwordFile, tokenFile, nkeySeedFile and credentialsFile',
  })
  .refine((bus) => (bus.user === undefined) === (bus.passwordFile === undefined), {
    error: 'needs user and passwordFile together',
  })

const credentialNames = ['passwordFile', 'tokenFile', 'nkeySeedFile', 'credentialsFile'] as const

const mib = 1024 ** 2

/** The settings of the section, with defaults for all that it leaves out. `folder` is the settings file's. */
export function busSettings(section: z.output<typeof busSchema> | undefined, folder: string): BusSettings {
  const { tls, streams = {}, prefetchMibMax = 64 } = section ?? {}
  const path = (name: string | undefined): string | null =>
    name === undefined ? null : resolve(folder, name)
  return {
    access: {
      credentials: credentialsOf(section ?? {}, folder),
      tls:
        tls === undefined
          ? null
          : {
              caFile: path(tls.caFile),
              certFile: path(tls.certFile),
              keyFile: path(tls.keyFile),
              serverName: tls.serverName ?? null,
              handshakeFirst: tls.handshakeFirst ?? false,
            },
    },
    streams: {
      replicas: streams.replicas ?? 1,
      storage: streams.storage ?? 'file',
      eventsAgeMsMax: (streams.eventsAgeHoursMax ?? 72) * 3_600_000,
      eventsBytesMax: (streams.eventsMibMax ?? 1_024) * mib,
      ingestBytesMax: (streams.ingestMibMax ?? 256) * mib,
      duplicateWindowMs: (streams.duplicateWindowSeconds ?? 120) * 1_000,
    },
    prefetchBytesMax: prefetchMibMax * mib,
  }
}

function credentialsOf(section: z.output<typeof busSchema>, folder: string): NatsCredentials {
  const { user = '', passwordFile, tokenFile, nkeySeedFile, credentialsFile } = section
  if (passwordFile !== undefined) return { kind: 'passwordFile', user, file: resolve(folder, passwordFile) }
  if (tokenFile !== undefined) return { kind: 'tokenFile', file: resolve(folder, tokenFile) }
  if (nkeySeedFile !== undefined) return { kind: 'nkeySeedFile', file: resolve(folder, nkeySeedFile) }
  if (credentialsFile !== undefined)
    return { kind: 'credentialsFile', file: resolve(folder, credentialsFile) }
  return { kind: 'none' }
}
