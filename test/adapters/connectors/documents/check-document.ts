import { integrationKind } from '../../../../src/adapters/connectors/integration-kind.ts'
import type { IntegrationSpec } from '../../../../src/adapters/connectors/integration-schema.ts'
import { pathText } from '../../../../src/control-plane/documents/document.ts'
import type {
  DocumentKind,
  DocumentSet,
  TypedDocument,
} from '../../../../src/control-plane/documents/document-kind.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'

export const head = { apiVersion: 'neuronx/v1', kind: 'Integration', name: 'one' }

/** Everything that is wrong with an Integration document that stands alone. */
export function check(body: JsonObject): readonly string[] {
  const parsed = integrationKind.schema.safeParse(body)
  if (!parsed.success) return parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const typed: TypedDocument<IntegrationSpec> = {
    document: { kind: 'Integration', name: 'one', digest: '', body },
    spec: parsed.data,
  }
  const set: DocumentSet = {
    ofKind: <Spec>(_kind: DocumentKind<Spec>) => [typed] as unknown as readonly TypedDocument<Spec>[],
  }
  return (integrationKind.check?.(typed, set) ?? []).map(
    ({ code, message, path }) => `${code} ${pathText(path)}: ${message}`,
  )
}
