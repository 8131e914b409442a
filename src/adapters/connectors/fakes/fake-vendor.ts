import { createHash } from 'node:crypto'
import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import type { TemplateScope } from '../template.ts'
import { fieldProblem } from './engine/check-fields.ts'
import { credentialOf, credentialParams } from './engine/credential-of.ts'
import { FakeLogin } from './engine/fake-login.ts'
import { readBody, membersOf } from './engine/fake-request.ts'
import type { FakeAnswer, FakeBehaviour, FakeRequest } from './engine/fake-request.ts'
import { routesOf } from './engine/fake-routes.ts'
import type { FakeRoute } from './engine/fake-routes.ts'
import { FakeRecords } from './engine/fake-records.ts'
import { dropFirst } from './engine/fake-state.ts'
import { freshWorld, renderFake } from './engine/fake-world.ts'
import type { FakeContract, FakeOperation, FakeRefusal } from './fake-contract.ts'

const keysMax = 10_000

interface FoundRoute {
  readonly route: FakeRoute
  /** Open parts of the address by name. */
  readonly path: JsonObject
  /** null: it is not what the operation takes. */
  readonly body: JsonObject | null
}

/**
 * A vendor made from its connector's definition (addresses, encodings, ways to prove oneself) and a contract (fields, answers,
 * refusals). Takes any credential until it is taken back. Not a copy of the vendor: it is as strict as the contract says.
 */
export class FakeVendor implements FakeBehaviour {
  readonly #definition: ConnectorDefinition
  readonly #contract: FakeContract
  readonly #routes: readonly FakeRoute[]
  readonly #login: FakeLogin
  readonly #records = new FakeRecords()
  readonly #revoked = new Set<string>()
  readonly #repeats = new Map<string, { readonly digest: string; readonly answer: FakeAnswer }>()

  constructor(definition: ConnectorDefinition, contract: FakeContract) {
    this.#definition = definition
    this.#contract = contract
    this.#routes = routesOf(definition)
    this.#login = new FakeLogin(definition.auth, contract)
  }

  operationOf(request: FakeRequest): string | null {
    return this.#login.operationOf(request) ?? this.#routeOf(request)?.route.name ?? null
  }

  answer(request: FakeRequest): FakeAnswer {
    if (this.#login.operationOf(request) !== null) return this.#login.answer(request)
    const found = this.#routeOf(request)
    if (found === null)
      return this.#refused(
        'not_found',
        request,
        `${request.method} ${request.path} is no address of this vendor`,
      )
    const credential = credentialOf(this.#definition.auth, request)
    if (
      credential === null ||
      this.#revoked.has(credentialKey(request, credential)) ||
      this.#login.hasEnded(credential)
    )
      return this.#refused('unauthorized', request, 'the credential is missing, over, or was taken back')
    const operation = this.#contract.operations[found.route.name]
    if (operation === undefined)
      return this.#refused('not_found', request, `the fake has no contract for ${found.route.name}`)
    return this.#once(request, () => this.#carryOut(request, found, operation))
  }

  refuse(kind: 'rate_limited' | 'server_error', request: FakeRequest, waitMs: number): FakeAnswer {
    return this.#refused(kind, request, 'as told', waitMs)
  }

  revoke(request: FakeRequest): FakeAnswer {
    if (this.#login.operationOf(request) !== null) return this.#login.revoke(request)
    const credential = credentialOf(this.#definition.auth, request)
    if (credential !== null) this.#revoked.add(credentialKey(request, credential))
    const [oldest] = this.#revoked
    if (this.#revoked.size > keysMax && oldest !== undefined) this.#revoked.delete(oldest)
    return this.#refused('unauthorized', request, 'the credential was taken back')
  }

  forgive(): void {
    this.#revoked.clear()
    this.#login.forgive()
  }

  #routeOf(request: FakeRequest): FoundRoute | null {
    const fitting = this.#routes.flatMap((route) => {
      const match = route.definition.method === request.method ? route.pattern.exec(request.path) : null
      if (match === null) return []
      const path = Object.fromEntries(
        Object.entries(match.groups ?? {}).map(([name, value]) => [name, decoded(value)]),
      )
      const encode = route.definition.encode === 'form' ? 'form' : 'json'
      return [{ route, path, body: readBody(request, encode) }]
    })
    const query = membersOf(request.query)
    const told = fitting.find(({ route, body }) => {
      const when = this.#contract.operations[route.name]?.when
      const members = { ...query, ...body }
      return when !== undefined && Object.entries(when).every(([name, text]) => members[name] === text)
    })
    const plain = ({ route }: (typeof fitting)[number]): boolean =>
      this.#contract.operations[route.name]?.when === undefined
    return told ?? fitting.find(plain) ?? null
  }

  #carryOut(request: FakeRequest, { route, path, body }: FoundRoute, operation: FakeOperation): FakeAnswer {
    const query = membersOf(request.query)
    const ignored = credentialParams(this.#definition.auth).filter(
      (name) => !(operation.query?.required ?? []).includes(name),
    )
    const problem = fieldProblem(operation, { headers: request.headers, query, body, ignored })
    if (problem !== null) return this.#refused('bad_request', request, problem)
    const world = freshWorld(path, query, body ?? {})
    const kept = this.#records.apply(operation, request, world)
    if (kept === null) return this.#refused('not_found', request, 'there is no such record')
    const scope = { ...world, ...kept }
    const answer = operation.answer === null ? null : (renderFake(operation.answer, scope) ?? {})
    return {
      status: operation.status ?? 200,
      headers: {},
      body: answer,
      tookEffect: route.definition.effect !== 'read',
      problem: null,
      receipt: operation.receipt === undefined ? null : { name: operation.receipt, scope },
    }
  }

  /** A repeat gets the answer of the first time, where the vendor knows repeats. */
  #once(request: FakeRequest, carryOut: () => FakeAnswer): FakeAnswer {
    const { repeats } = this.#contract
    const given = repeats === undefined ? undefined : request.headers[repeats.header]
    if (repeats === undefined || given === undefined || request.method === 'GET') return carryOut()
    const key = `${request.caller} ${given}`
    const digest = digestOf(`${request.method} ${request.path} ${request.text}`)
    const before = this.#repeats.get(key)
    if (before !== undefined && before.digest !== digest && repeats.conflict !== undefined) {
      const problem = 'the same key came with another content'
      return this.#reply(repeats.conflict, { ...freshWorld({}, {}, {}), problem }, problem)
    }
    if (before !== undefined) return { ...before.answer, tookEffect: false, receipt: null }
    const answer = carryOut()
    if (answer.problem === null) this.#repeats.set(key, { digest, answer })
    if (this.#repeats.size > keysMax) dropFirst(this.#repeats)
    return answer
  }

  #refused(kind: FakeRefusal, request: FakeRequest, problem: string, waitMs = 1_000): FakeAnswer {
    const path = this.#routeOf(request)?.path ?? {}
    const world = freshWorld(path, membersOf(request.query), {})
    const waits = { wait_ms: String(waitMs), wait_s: String(Math.ceil(waitMs / 1_000)) }
    return this.#reply(this.#contract.refusals[kind], { ...world, ...waits, problem }, problem)
  }

  #reply(
    { status, headers, body }: { status: number; headers?: JsonObject; body: JsonValue },
    scope: TemplateScope,
    problem: string,
  ): FakeAnswer {
    const rendered = renderFake(headers ?? {}, scope)
    return {
      status,
      headers: (isJsonObject(rendered) ? rendered : {}) as Readonly<Record<string, string>>,
      body: renderFake(body, scope) ?? null,
      tookEffect: false,
      problem,
      receipt: null,
    }
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** All calls that are signed with one key look alike, so that callers count as well. */
function credentialKey({ caller }: FakeRequest, credential: string): string {
  return digestOf(`${caller} ${credential}`)
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
