import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NxError } from '../../kernel/errors.ts'
import { isUuid } from '../../kernel/ids.ts'
import { pageMax } from '../../messaging/reading/event-reader.ts'
import type { MessagingReader } from '../../messaging/reading/event-reader.ts'
import type { Permission } from '../../platform/access/actor.ts'
import type { EntityReader } from '../../sales-core/reading/entity-reader.ts'
import { authenticate } from './authenticate.ts'
import type { Caller } from './authenticate.ts'
import type { GatewayDirectory } from './gateway-ports.ts'

export interface ReadRoutesOptions {
  readonly directory: GatewayDirectory
  readonly messages: MessagingReader
  readonly entities: EntityReader
}

/** Which page of a list. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().pipe(z.int().min(1).max(pageMax)).default(50),
  cursor: z.string().min(1).max(500).nullable().default(null),
})

/** Filters of the dead letters. */
export const deadLetterQuery = pageQuery.extend({
  status: z.enum(['open', 'replaying', 'resolved', 'discarded']).optional(),
  class: z.enum(['permanent', 'exhausted', 'in_doubt', 'poison', 'invalid']).optional(),
  integration: z.string().max(63).optional(),
  fingerprint: z.string().max(64).optional(),
})

type Params = Readonly<Record<string, string>>
type Read = (caller: Caller, params: Params, query: unknown) => Promise<unknown>

/** A read of the API: its address, what it needs, what it answers. */
export interface ReadRoute {
  readonly path: string
  readonly summary: string
  readonly permission: Permission
  readonly query: z.ZodObject | null
  readonly read: Read
}

/** The read side. Tenant and workspace are the token's; what belongs to another is not there. */
export function readRoutes({
  messages,
  entities,
}: Pick<ReadRoutesOptions, 'messages' | 'entities'>): readonly ReadRoute[] {
  const ref = (params: Params) => ({ kind: params['kind'] ?? '', id: params['id'] ?? '' })
  const event = async ({ tenant, workspace }: Caller, id: string) => {
    const found = isUuid(id) ? await messages.event(tenant.id, id) : null
    return ofWorkspace(found, found?.workspace, workspace, 'event')
  }
  return [
    {
      path: '/v1/entities/:kind',
      summary: 'Entities of a kind, in the order of their ids',
      permission: 'entity.read',
      query: pageQuery,
      read: async ({ tenant, workspace }, { kind }, query) =>
        await entities.list(tenant.id, workspace, kind ?? '', parseQuery(pageQuery, query)),
    },
    {
      path: '/v1/entities/:kind/:id',
      summary: 'An entity with its fields, scores and workflows',
      permission: 'entity.read',
      query: null,
      read: async ({ tenant, workspace }, params) =>
        found(await entities.byId(tenant.id, workspace, ref(params)), 'entity'),
    },
    {
      path: '/v1/entities/:kind/:id/history',
      summary: 'What changed an entity, newest first',
      permission: 'entity.read',
      query: pageQuery,
      read: async ({ tenant, workspace }, params, query) =>
        await entities.history(tenant.id, workspace, ref(params), parseQuery(pageQuery, query)),
    },
    {
      path: '/v1/events/:id',
      summary: 'An event',
      permission: 'event.read',
      query: null,
      read: async (caller, { id }) => await event(caller, id ?? ''),
    },
    {
      path: '/v1/events/:id/trace',
      summary: 'Everything that followed from an event, as a tree from its root',
      permission: 'event.read',
      query: null,
      read: async (caller, { id }) => {
        await event(caller, id ?? '')
        return found(await messages.trace(caller.tenant.id, id ?? ''), 'event')
      },
    },
    {
      path: '/v1/commands/:id',
      summary: 'A command with its state and its last error',
      permission: 'command.read',
      query: null,
      read: async ({ tenant, workspace }, { id }) => {
        const view = isUuid(id ?? '') ? await messages.command(tenant.id, id ?? '') : null
        return ofWorkspace(view, view?.command.workspace, workspace, 'command')
      },
    },
    {
      path: '/v1/dead-letters',
      summary: 'What was put aside, newest first; a page may be short while others follow',
      permission: 'dead_letter.read',
      query: deadLetterQuery,
      read: async ({ tenant, workspace }, _params, query) => {
        const { limit, cursor, ...filter } = parseQuery(deadLetterQuery, query)
        const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined))
        const page = await messages.deadLetters(tenant.id, given, { limit, cursor })
        return { ...page, items: page.items.filter((letter) => letter.workspace === workspace) }
      },
    },
    {
      path: '/v1/dead-letters/:id',
      summary: 'A dead letter with what is needed to understand it',
      permission: 'dead_letter.read',
      query: null,
      read: async ({ tenant, workspace }, { id }) => {
        const letter = isUuid(id ?? '') ? await messages.deadLetter(tenant.id, id ?? '') : null
        return ofWorkspace(letter, letter?.workspace, workspace, 'dead letter')
      },
    },
  ]
}

export function addReadRoutes(app: FastifyInstance, options: ReadRoutesOptions): void {
  for (const { path, permission, query, read } of readRoutes(options)) {
    app.get(path, async (request: FastifyRequest<{ Params: Params }>, reply) => {
      const caller = authenticate(options.directory, request.headers.authorization, permission)
      if (query === null) parseQuery(z.strictObject({}), request.query)
      void reply.header('cache-control', 'no-store')
      return await read(caller, request.params, request.query)
    })
  }
}

function parseQuery<T extends z.ZodObject>(schema: T, query: unknown): z.output<T> {
  const result = schema.safeParse(query)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const name = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '')
  throw new NxError('usage', 'NX-HTTP-QUERY', 'The query of the address is wrong', {
    detail: `${name}: ${issue?.message ?? 'is wrong'}`,
    where: { path: `query.${name}` },
    fix: '/openapi.json lists what can be asked.',
  })
}

function found<T>(value: T | null, what: string): T {
  if (value !== null) return value
  throw new NxError('not_found', 'NX-HTTP-NOT-FOUND', `There is no such ${what}`, {
    detail: "It is not in the token's tenant and workspace.",
  })
}

function ofWorkspace<T>(value: T | null, its: string | undefined, workspace: string, what: string): T {
  return found(its === workspace ? value : null, what)
}
