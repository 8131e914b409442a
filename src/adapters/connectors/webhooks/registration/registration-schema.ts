import { z } from 'zod'
import { definedOperation } from '../../definition/operation-schema.ts'
import { jsonPath } from '../../definition/schema-parts.ts'

const path = jsonPath.min(1)
const says = z.string().min(1).max(400)
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/)
const plain = z.union([z.string(), z.number(), z.boolean(), z.null()])
const reads = definedOperation.refine((one) => one.effect === 'read' && one.method === 'GET', {
  error: 'must read',
})
/** It passes no policy gate: what reaches a person cannot be one. */
const changes = definedOperation.refine((one) => ['create', 'update', 'delete'].includes(one.effect), {
  error: 'must create, update or delete',
})

/** How a vendor is told where to send, in a definition. */
export const registrationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('steps'), steps: z.array(says).min(1).max(12) }),
  z.strictObject({
    kind: z.literal('api'),
    holds: z.enum(['one', 'many']),
    list: reads,
    items: path,
    more: path.optional(),
    entry: z.strictObject({
      id: path.optional(),
      addresses: z.array(path).min(1).max(5),
      unset: z.string().min(1).max(100).optional(),
      match: z.record(path, name).optional(),
      wants: z.record(path, z.union([plain, z.array(plain).min(1).max(100)])).optional(),
      overruled: z.strictObject({ path, says }).optional(),
      createdAt: path.optional(),
    }),
    needs: z.strictObject({ connection: name, says }).optional(),
    place: z.strictObject({ says }).optional(),
    set: changes,
    change: changes.optional(),
    remove: changes,
    keys: z.record(name, name).optional(),
    secret: z.strictObject({ path, key: name }).optional(),
  }),
])
