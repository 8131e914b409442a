import { compileIntegrations } from '../../../adapters/connectors/compile-integrations.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import { scopeName } from '../../../control-plane/documents/document.ts'
import { ConfigurationInvalid } from '../../../control-plane/validate/configuration-invalid.ts'
import { scopeChain } from '../../../control-plane/validate/scope-view.ts'
import { isValid, validateDirectory } from '../../../control-plane/validate/validate-directory.ts'
import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { activeDocuments } from '../../configuration/active-documents.ts'
import { integrationNotFound } from '../../credentials/integration-not-found.ts'
import { currentEntities } from '../../scores/current-scores-of.ts'
import type { Operator } from '../../operator.ts'
import { documentKinds } from '../../kinds.ts'
import { permittedTenant } from '../../permitted-tenant.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'

/** A configuration and one of its integrations. */
export interface PreviewSource {
  readonly set: DocumentSet
  readonly integration: Integration
}

/** What is active, or with `directory` what a working copy says. Throws NX-INTEGRATION-NOT-FOUND, NX-CONFIG-INVALID, NX-SCOPE-NOT-FOUND. */
export async function previewSource(
  { revisions }: Pick<Operator, 'revisions'>,
  place: AdapterPlace,
  name: string,
  directory: string | null,
): Promise<PreviewSource> {
  const set =
    directory === null ? await activeDocuments(revisions, place) : await setOfDirectory(directory, place)
  const all = compileIntegrations(set).byName
  const integration = all.get(name)
  if (integration !== undefined) return { set, integration }
  throw integrationNotFound(name, [...all.keys()], place.slug)
}

/** What a workspace sees of a directory: its own folder, else that of its tenant. */
async function setOfDirectory(directory: string, { slug, workspace }: AdapterPlace): Promise<DocumentSet> {
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  const chain = scopeChain({ level: 'workspace', tenant: slug, workspace })
    .map(scopeName)
    .slice(1)
    .toReversed()
  for (const wanted of chain) {
    const found = report.scopes.find(({ scope }) => scopeName(scope) === wanted)
    if (found !== undefined) return found.set
  }
  throw new NxError('not_found', 'NX-SCOPE-NOT-FOUND', `${directory} has nothing of the tenant '${slug}'`, {
    fix: `Its documents stand in tenants/${slug}.`,
  })
}

/** What is known of an entity now, for those who may read it. Throws NX-DENIED, NX-ENTITY-NOT-FOUND. */
export async function fieldsOf(
  operator: Pick<Operator, 'entities' | 'actor' | 'tenants' | 'revisions' | 'clock'>,
  { tenantId, slug, workspace }: AdapterPlace,
  ref: { readonly kind: string; readonly id: string },
): Promise<JsonObject> {
  const tenant = await permittedTenant(operator, slug, 'entity.read')
  const found = await currentEntities(operator, tenant).byId(tenantId, workspace, ref)
  if (found !== null) return found.fields
  throw new NxError('not_found', 'NX-ENTITY-NOT-FOUND', `There is no ${ref.kind}/${ref.id}`, {
    detail: `Tenant ${slug}, workspace ${workspace}.`,
    fix: `neuronx entity list ${ref.kind} --tenant ${slug}; or give its fields by --with: { ${ref.kind}: { … } }`,
  })
}
