import { z } from 'zod'
import { busSchema } from './bus-settings.ts'
import { retentionSchema } from './retention-settings.ts'
import { sourcesSchema } from './source-settings.ts'
import {
  databaseUrlSchema,
  listenSchema,
  logLevelSchema,
  natsUrlSchema,
  pathSchema,
  publicUrlSchema,
  tenantSchema,
} from './setting-values.ts'

/** The longest settings file, bytes. */
export const settingsFileBytesMax = 256 * 1024

/** The settings file: `.neuronxrc.yaml`, `neuronx.config.yaml` or /etc/neuronx/neuronx.yaml. Paths are relative to the file. */
export const settingsFileSchema = z.strictObject({
  database: z
    .strictObject({ url: databaseUrlSchema.optional(), ownerUrl: databaseUrlSchema.optional() })
    .optional(),
  /** The short form of `bus.url`, which wins. */
  nats: z.strictObject({ url: natsUrlSchema.optional() }).optional(),
  bus: busSchema.optional(),
  retention: retentionSchema.optional(),
  /** What daemons follow by themselves. */
  sources: sourcesSchema.optional(),
  http: z.strictObject({ listen: listenSchema.optional(), publicUrl: publicUrlSchema.optional() }).optional(),
  ops: z.strictObject({ listen: listenSchema.optional() }).optional(),
  egress: z.strictObject({ allowPrivate: z.boolean().optional() }).optional(),
  dataDir: pathSchema.optional(),
  masterKeyFile: pathSchema.optional(),
  tenant: tenantSchema.optional(),
  tokenFile: pathSchema.optional(),
  logLevel: logLevelSchema.optional(),
})

export type SettingsFile = z.output<typeof settingsFileSchema>
