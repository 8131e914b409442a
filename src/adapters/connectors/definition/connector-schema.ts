import { z } from 'zod'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import { mergePatch } from '../../../kernel/merge-patch.ts'
import { connectorFormat } from '../define-connector.ts'
import { credentialMembers } from './auth-definition.ts'
import { authShapes } from './auth-schema.ts'
import { connectionFieldsOf } from './fill-connection.ts'
import { messagesSchema, vendorTemplatesSchema } from './message-definition.ts'
import { budgets, definedOperation, errorRules } from './operation-schema.ts'
import { reconcileSchema } from './reconcile-schema.ts'
import { registrationSchema } from '../webhooks/registration/registration-schema.ts'
import { channelName, headerName, operationName, templateText } from './schema-parts.ts'

const fieldName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, { error: 'must be a name like locationId' })
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a date like 2026-03-05' })
const primitive = z.union([z.string(), z.number(), z.boolean(), z.null()])

const field = z.strictObject({
  type: z.enum(['string', 'number', 'boolean']),
  help: z.string().min(1).max(300),
  pattern: z.string().max(200).refine(isPattern, { error: 'must be a regular expression' }).optional(),
  values: z.array(z.string()).min(1).max(50).optional(),
  optional: z.literal(true).optional(),
  default: primitive.optional(),
})

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp
  } catch {
    return false
  }
}

const definition = z.strictObject({
  format: z.literal(connectorFormat),
  connector: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, { error: 'must be a lower-case word, like slack' }),
  vendor: z.string().min(1).max(100),
  baseUrl: z.string().min(1).max(500),
  connection: z.record(fieldName, field),
  credentials: z.record(
    fieldName,
    z.strictObject({ help: z.string().min(1).max(300), optional: z.literal(true).optional() }),
  ),
  auth: z
    .array(authShapes(fieldName, z.union([fieldName, z.string().regex(/^\{\{ connection\.\w+ \}\}$/)])))
    .min(1)
    .max(10),
  apiVersions: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(40),
        default: z.literal(true).optional(),
        sunset: day.optional(),
        overlay: z.record(z.string(), z.json()),
      }),
    )
    .min(1)
    .max(20)
    .optional(),
  headers: z.record(headerName, templateText),
  tables: z.record(z.string(), z.record(z.string(), z.json())),
  operations: z.record(operationName, definedOperation),
  channels: z.record(channelName, operationName),
  messages: messagesSchema.optional(),
  templates: vendorTemplatesSchema.optional(),
  errors: errorRules,
  limits: z.strictObject({
    perSecond: z.number().min(0.01).max(100_000),
    concurrency: z.int().min(1).max(512),
    timeoutMs: z.int().min(100).max(60_000),
  }),
  budget: budgets.optional(),
  webhooks: z.union([
    z.null(),
    z.looseObject({
      schemes: z.array(z.looseObject({ key: z.string() })),
      keys: z.record(z.string(), z.looseObject({ kind: z.enum(['public', 'secret']) })),
      register: registrationSchema.optional(),
    }),
  ]),
  reconcile: reconcileSchema.optional(),
  health: operationName.optional(),
  describe: operationName.optional(),
  facts: z
    .array(z.strictObject({ says: z.string().min(1), source: z.string().min(1), checked: day }))
    .min(1, { error: 'must cite where what it says of the vendor is from' }),
})

type Defined = z.output<typeof definition>

/** The format `neuronx.connector/1`: the shape, and that what it names is there, in every version. */
export const connectorSchema = definition.superRefine((value, context) => {
  const report = (path: (string | number)[], message: string): void => {
    context.addIssue({ code: 'custom', path, message })
  }
  checkNames(value, report)
  for (const [index, version] of (value.apiVersions ?? []).entries()) {
    const at = ['apiVersions', index, 'overlay']
    const { apiVersions: _versions, ...rest } = value
    if (Object.hasOwn(version.overlay, 'apiVersions') || Object.hasOwn(version.overlay, 'connector'))
      report(at, 'must not change what the connector is')
    const merged = definition.safeParse(
      mergePatch(rest as unknown as JsonValue, version.overlay as JsonObject),
    )
    if (merged.success) checkNames(merged.data, (path, message) => report([...at, ...path], message))
    else for (const issue of merged.error.issues) report([...at, ...(issue.path as string[])], issue.message)
  }
  const defaults = (value.apiVersions ?? []).filter((version) => version.default === true)
  if (defaults.length > 1) report(['apiVersions'], 'must have one default')
})

/** What one part names must be stated in another. */
function checkNames(value: Defined, report: (path: (string | number)[], message: string) => void): void {
  for (const [channel, operation] of Object.entries(value.channels))
    if (!Object.hasOwn(value.operations, operation)) report(['channels', channel], `names no operation`)
  for (const [index, { operation }] of (value.reconcile?.streams ?? []).entries()) {
    const read = Object.hasOwn(value.operations, operation) ? value.operations[operation] : undefined
    if (read?.effect !== 'read' || read.pagination === undefined || read.incremental === undefined)
      report(['reconcile', 'streams', index, 'operation'], 'must name a read with pagination and incremental')
  }
  const { messages = {}, templates } = value
  for (const channel of [...Object.keys(messages), ...(templates?.channels ?? [])])
    if (!Object.hasOwn(value.channels, channel)) report(['channels'], `does not state '${channel}'`)
  if (templates !== undefined) {
    const listed = Object.hasOwn(value.operations, templates.list) ? value.operations[templates.list] : null
    if (listed?.effect !== 'read' || listed.pagination === undefined)
      report(['templates', 'list'], 'must name a read with pagination')
  }
  for (const [name, { encode, document }] of Object.entries(value.operations))
    if ((encode === 'graphql') !== (document !== undefined))
      report(['operations', name], '`encode: graphql` and `document` go together')
  for (const member of ['health', 'describe'] as const) {
    const name = value[member]
    if (name === undefined) continue
    const found = Object.hasOwn(value.operations, name) ? value.operations[name] : undefined
    if (found?.effect !== 'read') report([member], 'must name an operation that reads')
  }
  for (const [index, auth] of value.auth.entries()) {
    for (const name of namesOf(auth as unknown as JsonObject))
      if (!Object.hasOwn(value.credentials, name))
        report(['auth', index], `uses the credential '${name}', which \`credentials\` does not state`)
    const captured = 'capture' in auth ? Object.keys(auth.capture ?? {}) : []
    for (const name of captured)
      if (!Object.hasOwn(value.connection, name))
        report(['auth', index, 'capture'], `fills no field '${name}'`)
  }
  const { connection } = value
  for (const name of connectionFieldsOf(`${value.baseUrl} ${JSON.stringify(value.auth)}`))
    if (!Object.hasOwn(connection, name))
      report(['connection'], `does not state '${name}', which \`baseUrl\` or \`auth\` reads`)
  for (const [name, one] of Object.entries(connection)) {
    if (one.default !== undefined && typeof one.default !== one.type)
      report(['connection', name, 'default'], `must be a ${one.type}`)
  }
}

function namesOf(auth: JsonObject): readonly string[] {
  const own = credentialMembers.flatMap((member) => {
    const name = auth[member]
    return typeof name === 'string' && !name.includes('{{') ? [name] : []
  })
  const inner = auth['with']
  return inner === undefined ? own : [...own, ...namesOf(inner as JsonObject)]
}

/** The format as JSON Schema, draft-07: what docs/connector.schema.json publishes. */
export function connectorJsonSchema(): JsonObject {
  const made = z.toJSONSchema(definition, { target: 'draft-7', io: 'input', unrepresentable: 'any' })
  return {
    title: connectorFormat,
    description: 'A connector: a system outside as data, carried out by one interpreter.',
    ...(JSON.parse(JSON.stringify(made)) as JsonObject),
  }
}
