import { z } from 'zod'
import { notSupportedYet } from '../../../control-plane/documents/document-kind.ts'
import { formatDuration } from '../../../kernel/duration.ts'
import type { JsonPrimitive } from '../../../kernel/json.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { defaultVersion } from '../definition/api-version.ts'
import type { FieldDefinition } from '../definition/field-definition.ts'
import { baseUrl, duration, secretRef } from '../definition/schema-parts.ts'
import type { IntegrationMode } from '../../../sales-core/policies/send-target.ts'
import { commonFields } from './document-fields.ts'
import type { FailoverSpec } from './failover.ts'
import type { WebhookKeyDefinition } from '../webhooks/webhook-definition.ts'

/** A document for a vendor whose connector is built in. Which members it has, the connector's definition says. */
export interface VendorIntegrationSpec {
  readonly apiVersion: 'neuronx/v1'
  readonly kind: 'Integration'
  readonly name: string
  readonly connector: string
  /** Fields by name; `baseUrl` where the document overrides the vendor's. */
  readonly connection: Readonly<Record<string, JsonPrimitive>>
  readonly credentials?: Readonly<Record<string, { readonly secret: string }>> | undefined
  readonly vendorVersion?: string | undefined
  readonly webhooks?: VendorWebhooks | undefined
  readonly reconcile?: false | ReconcileFields | undefined
  readonly channels?: readonly string[] | undefined
  readonly limits?: IntegrationLimitFields | undefined
  readonly mode?: IntegrationMode | undefined
  readonly failover?: Readonly<Record<string, FailoverSpec>> | undefined
  readonly degrade?: { readonly readOnlyAfter: string } | undefined
}

export interface VendorWebhooks {
  readonly tolerance?: string | undefined
  /** Keys by name: public ones as text, others as a secret by reference, or several while one takes over from another. */
  readonly [key: string]: string | SecretReference | readonly SecretReference[] | undefined
}

export interface ReconcileFields {
  readonly every?: string | undefined
  readonly streams?: readonly string[] | undefined
}

interface SecretReference {
  readonly secret: string
}

export interface IntegrationLimitFields {
  readonly perSecond?: number | undefined
  readonly concurrency?: number | undefined
  readonly timeout?: string | undefined
}

/** The schema of a vendor's documents, made from what its definition says of itself. */
export function vendorSchema(definition: ConnectorDefinition): z.ZodObject {
  const shape: Record<string, z.ZodType> = {
    ...commonFields,
    connector: z.literal(definition.connector),
    connection: connectionSchema(definition),
    credentials: credentialsSchema(definition),
    webhooks: webhooksSchema(definition),
    channels: channelsSchema(definition),
    reconcile: reconcileSchema(definition),
  }
  const versions = definition.apiVersions?.map(({ id }) => id) ?? []
  if (versions.length > 0) {
    shape['vendorVersion'] = z
      .enum(versions)
      .optional()
      .describe(`The version of ${definition.vendor}'s API. Default: ${defaultVersion(definition)?.id}.`)
  }
  return z.strictObject(shape)
}

function connectionSchema({ connection, baseUrl: template }: ConnectorDefinition): z.ZodType {
  const fields = Object.fromEntries(
    Object.entries(connection).map(([name, field]) => [name, fieldSchema(field)]),
  )
  // An address that is the connection's own needs no second one beside it.
  const own = /^\{\{[^{}]*\}\}$|^smtp:/.test(template)
  const all = own
    ? fields
    : { ...fields, baseUrl: baseUrl.optional().describe('Only for other regions and tests.') }
  const schema = z.strictObject(all)
  const needed = Object.values(connection).some(
    ({ optional, default: given }) => !optional && given === undefined,
  )
  return needed ? schema : schema.default(schema.parse({}))
}

function fieldSchema({ type, help, pattern, values, optional, default: given }: FieldDefinition): z.ZodType {
  const plain =
    type === 'number'
      ? z.number()
      : type === 'boolean'
        ? z.boolean()
        : values === undefined
          ? z
              .string()
              .min(1)
              .max(500)
              .regex(new RegExp(`^(?:${pattern ?? '[^\\u0000-\\u001f]*'})$`, 'u'), {
                error: `does not look like: ${help}`,
              })
          : z.enum(values)
  const described: z.ZodType = plain.describe(help)
  if (given !== undefined) return z.prefault(described, given).describe(help)
  return optional === true ? described.optional() : described
}

function credentialsSchema({ credentials }: ConnectorDefinition): z.ZodType {
  const shape = Object.fromEntries(
    Object.entries(credentials).map(([name, { help, optional }]) => {
      const one = secretRef.describe(help)
      return [name, optional === true ? one.optional() : one]
    }),
  )
  const schema = z.strictObject(shape)
  return Object.values(credentials).some(({ optional }) => optional !== true) ? schema : schema.optional()
}

function webhooksSchema({ webhooks }: ConnectorDefinition): z.ZodType {
  if (webhooks === null) return notSupportedYet()
  const keys = Object.entries(webhooks.keys).map(([name, key]) => [name, keySchema(key)])
  return z
    .strictObject({
      ...(Object.fromEntries(keys) as Record<string, z.ZodType>),
      tolerance: duration(1_000, 86_400_000, '1s to 1d').optional(),
    })
    .optional()
}

function keySchema({ kind, help, optional }: WebhookKeyDefinition): z.ZodType {
  const one =
    kind === 'public' ? z.string().max(8_000) : z.union([secretRef, z.array(secretRef).min(1).max(3)])
  return optional === true ? one.describe(help).optional() : one.describe(help)
}

function reconcileSchema({ reconcile, vendor }: ConnectorDefinition): z.ZodType {
  const names = (reconcile?.streams ?? []).map(({ name }) => name)
  if (reconcile === undefined || names.length === 0) return notSupportedYet()
  const fields = z.strictObject({
    every: duration(60_000, 86_400_000, '1m to 1d')
      .optional()
      .describe(`How often. Default: ${formatDuration(reconcile.everyMs)}.`),
    streams: z.array(z.enum(names)).min(1).max(names.length).optional().describe('Which. Default: all.'),
  })
  return z
    .union([z.literal(false), fields])
    .optional()
    .describe(
      `Reads now and then what webhooks of ${vendor} may have lost; {}: as often as is usual. Default: never.`,
    )
}

function channelsSchema({ channels }: ConnectorDefinition): z.ZodType {
  const names = Object.keys(channels)
  if (names.length === 0) return notSupportedYet()
  return z
    .array(z.enum(names))
    .max(names.length)
    .optional()
    .describe('Which channels it serves; default all.')
}
