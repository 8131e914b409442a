import { compileConnector } from '../../../../src/adapters/connectors/compile-connector.ts'
import type { ConnectorDefinition } from '../../../../src/adapters/connectors/define-connector.ts'
import { fillBaseUrl } from '../../../../src/adapters/connectors/definition/fill-connection.ts'
import { renderRequest } from '../../../../src/adapters/connectors/render-request.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import type { CheckedRequest, OpenApiCheck } from '../../../support/openapi-check.ts'

/** Where a vendor's description is stricter than the vendor, or older. Each must still be needed. */
export interface Waiver {
  readonly operation: string
  readonly problem: RegExp
  readonly why: string
}

/** Renders the operations of a connector with golden inputs and holds them against its vendor's description. */
export class Conformance {
  readonly #used = new Set<Waiver>()
  readonly #definition: ConnectorDefinition
  readonly #connection: JsonObject
  readonly #waivers: readonly Waiver[]

  constructor(definition: ConnectorDefinition, connection: JsonObject, waivers: readonly Waiver[] = []) {
    this.#definition = definition
    this.#connection = connection
    this.#waivers = waivers
  }

  rendered(name: string, input: JsonObject): CheckedRequest & { readonly pathname: string } {
    const operation = compileConnector(this.#definition).operations.get(name)
    if (operation === undefined) throw new Error(`No operation ${name}`)
    const request = renderRequest({
      operation,
      baseUrl: fillBaseUrl(this.#definition.baseUrl, this.#connection),
      input,
      connection: this.#connection,
      entity: { kind: 'lead', id: 'c-42' },
      idempotencyKey: 'key',
    })
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
    return {
      method: request.method,
      template: operation.definition.spec?.path ?? '',
      headers: request.headers,
      query: Object.fromEntries(request.url.searchParams),
      body: request.body === null ? undefined : isForm ? request.body : JSON.parse(request.body),
      pathname: request.url.pathname,
    }
  }

  /** What the description does not allow, and no waiver excuses. */
  problems(check: OpenApiCheck, name: string, input: JsonObject, basePath = ''): readonly string[] {
    const request = this.rendered(name, input)
    const address = new RegExp(`^${basePath}${request.template.replaceAll(/\{[^}]*\}/g, '[^/]+')}$`)
    const wrongPath = address.test(request.pathname)
      ? []
      : [`the path ${request.pathname} is not ${request.template}`]
    return [...wrongPath, ...check.problems(request)].filter((problem) => {
      const waiver = this.#waivers.find((one) => one.operation === name && one.problem.test(problem))
      if (waiver !== undefined) this.#used.add(waiver)
      return waiver === undefined
    })
  }

  /** Waivers that excused nothing: to be taken out. */
  get unneeded(): readonly string[] {
    return this.#waivers
      .filter((waiver) => !this.#used.has(waiver))
      .map(({ operation, problem }) => `${operation} ${problem}`)
  }
}
