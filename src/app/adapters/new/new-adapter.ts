import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compileIntegrations } from '../../../adapters/connectors/compile-integrations.ts'
import { isBaseUrl } from '../../../adapters/connectors/definition/schema-parts.ts'
import { parseDocuments } from '../../../control-plane/documents/parse-documents.ts'
import { readDirectory } from '../../../control-plane/directory/read-directory.ts'
import { fleetFile } from '../../../control-plane/directory/scope-of-path.ts'
import { validateDocuments } from '../../../control-plane/validate/validate-documents.ts'
import { errorText, NxError } from '../../../kernel/errors.ts'
import { runCalls } from '../../config-tests/run-calls.ts'
import { documentFile } from '../../init/new-file.ts'
import { requireSlug } from '../../init/require-slug.ts'
import { documentKinds } from '../../kinds.ts'
import { OpenapiFile } from './openapi/openapi-file.ts'
import { openapiAuth } from './openapi/openapi-auth.ts'
import { openapiOperation } from './openapi/openapi-operations.ts'
import type { ScaffoldAuthKind, ScaffoldOperation } from './scaffold.ts'
import { scaffoldAuth } from './scaffold-auth.ts'
import { scaffoldText } from './scaffold-text.ts'
import { graphqlStarter, httpStarter } from './starter-operations.ts'

export interface NewAdapterAsk {
  readonly name: string
  readonly tenant: string
  /** The configuration repository. */
  readonly directory: string
  /** null: that of the description. */
  readonly baseUrl: string | null
  /** null: that of the description, else bearer. */
  readonly auth: ScaffoldAuthKind | null
  readonly kind: 'http' | 'graphql'
  readonly webhooks: boolean
  readonly from: { readonly text: string; readonly file: string } | null
  readonly operations: readonly string[]
  readonly dryRun: boolean
}

export interface NewAdapterReport {
  readonly name: string
  /** Below the directory. */
  readonly file: string
  readonly content: string
  readonly operations: readonly string[]
  /** That must be stored before it can be called. */
  readonly secrets: readonly string[]
  readonly health: string | null
  /** Cases of its Test document; all of them pass. */
  readonly tests: number
  readonly written: boolean
}

// The longest name of a secret that is made of it still fits.
const namePattern = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/

/**
 * Writes a new Integration document with its tests into a configuration repository. It is checked and tested before a byte is written.
 * Throws NX-ADAPTER-NAME, NX-ADAPTER-BASE-URL, NX-ADAPTER-OPERATION, NX-OPENAPI-OPERATION (usage), NX-OPENAPI-… (invalid),
 * NX-ADAPTER-DIRECTORY (not_found), NX-ADAPTER-EXISTS (conflict), NX-ADAPTER-NEW (invalid), NX-ADAPTER-WRITE (io).
 */
export async function newAdapter(asked: NewAdapterAsk): Promise<NewAdapterReport> {
  requireNames(asked)
  await requireRepository(asked.directory)
  const made = scaffolded(asked)
  const path = `tenants/${asked.tenant}/${asked.name}.yaml`
  const { content } = documentFile(path, made.text)
  const file = join(asked.directory, path)
  if (
    await stat(file).then(
      () => true,
      () => false,
    )
  )
    throw exists(`The file ${path} is there already`, asked.name)
  const tests = await requireSound(asked, file, content)
  if (!asked.dryRun) await write(file, content)
  const operations = made.operations.map(({ name }) => name)
  const { secrets, health } = made
  return { name: asked.name, file: path, content, operations, secrets, health, tests, written: !asked.dryRun }
}

function requireNames({ name, tenant, from, operations, kind }: NewAdapterAsk): void {
  if (!namePattern.test(name)) {
    throw new NxError('usage', 'NX-ADAPTER-NAME', `'${name}' cannot be the name of an integration`, {
      fix: 'A name is 1 to 40 lower-case letters, digits and dashes, with no dash at either end.',
    })
  }
  requireSlug(tenant)
  if (from !== null && kind === 'graphql') {
    throw new NxError('usage', 'NX-USAGE', '--from reads OpenAPI, which describes no GraphQL', {
      fix: 'Leave out --from, or --kind graphql.',
    })
  }
  if (from === null && operations.length > 0) {
    throw new NxError('usage', 'NX-USAGE', '--operation names an operation of a description', {
      fix: 'Add --from openapi.yaml.',
    })
  }
}

async function requireRepository(directory: string): Promise<void> {
  const found = await stat(join(directory, fleetFile)).then(
    (one) => one.isFile(),
    () => false,
  )
  if (found) return
  throw new NxError('not_found', 'NX-ADAPTER-DIRECTORY', 'This is no configuration repository', {
    detail: `There is no ${fleetFile} in it.`,
    where: { file: directory },
    fix: `Name one with --dir, or make one: neuronx config init ${directory}`,
  })
}

function scaffolded(asked: NewAdapterAsk) {
  const { name, kind, webhooks, from } = asked
  const file = from === null ? null : new OpenapiFile(from.text, from.file)
  const baseUrl = asked.baseUrl ?? file?.server ?? null
  if (baseUrl === null || !isBaseUrl(baseUrl)) {
    const said =
      asked.baseUrl === null ? 'Where is it?' : `'${asked.baseUrl}' cannot be the address of an API`
    throw new NxError('usage', 'NX-ADAPTER-BASE-URL', said, {
      fix: 'Add --base-url https://api.example.com/v1: http or https, without user, query or fragment.',
    })
  }
  const auth =
    asked.auth === null && file !== null
      ? openapiAuth(file, name, baseUrl)
      : scaffoldAuth(asked.auth ?? 'bearer', name, baseUrl)
  const operations =
    file !== null
      ? described(file, asked, auth)
      : kind === 'graphql'
        ? graphqlStarter(auth)
        : httpStarter(auth)
  const health =
    operations.find(
      ({ definition }) => definition['effect'] === 'read' && definition['requires'] === undefined,
    )?.name ?? null
  const text = scaffoldText({ name, connector: kind, baseUrl, auth, operations, health, webhooks })
  return { text, operations, secrets: [...auth.secrets, ...(webhooks ? [`${name}-hook`] : [])], health }
}

function described(
  file: OpenapiFile,
  { operations, from }: NewAdapterAsk,
  auth: ReturnType<typeof scaffoldAuth>,
): readonly ScaffoldOperation[] {
  if (operations.length === 0) {
    throw new NxError('usage', 'NX-OPENAPI-OPERATION', 'Which operations of the description?', {
      detail: `It has ${file.names()}.`,
      where: { file: from?.file ?? '' },
      fix: 'Name each with --operation ID (or NAME=ID, to name it yourself).',
    })
  }
  const made = operations.map((one) => openapiOperation(file, one, auth))
  const twice = made.find(({ name }, index) => made.findIndex((one) => one.name === name) < index)
  if (twice === undefined) return made
  throw new NxError('usage', 'NX-ADAPTER-OPERATION', `Two operations would be called '${twice.name}'`, {
    fix: 'Name them yourself: --operation NAME=ID',
  })
}

/** What was made must stand in this repository as it is, and pass its own tests. Returns how many there are. */
async function requireSound(asked: NewAdapterAsk, file: string, content: string): Promise<number> {
  const { name, tenant, directory } = asked
  const before = await readDirectory(directory)
  const taken = before.documents.find(
    (one) =>
      one.kind === 'Integration' &&
      one.name === name &&
      (one.scope.level === 'global' || one.scope.tenant === tenant),
  )
  if (taken !== undefined)
    throw exists(`There is an Integration '${name}' already`, name, taken.locate([]).file)
  const parsed = parseDocuments(file, content, { level: 'tenant', tenant })
  const { findings, scopes } = validateDocuments([...before.documents, ...parsed.documents], documentKinds)
  const [wrong] = [...parsed.findings, ...findings].filter(
    (finding) => finding.file === file && finding.severity === 'error',
  )
  if (wrong !== undefined) throw unsound(`${wrong.code} ${wrong.message} (${wrong.path})`)
  const scope = scopes.find((one) => one.scope.level === 'tenant' && one.scope.tenant === tenant)
  if (scope === undefined) throw unsound('The tenant has no documents.')
  const results = await runCalls(scope.set, compileIntegrations(scope.set), {
    own: new Set([`${name}-calls`]),
    filter: null,
    bail: false,
  })
  const failed = results.find(({ failures }) => failures.length > 0)
  if (failed !== undefined) throw unsound(`${failed.name}: ${failed.failures[0]?.message ?? ''}`)
  return results.length
}

async function write(file: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content, { flag: 'wx' })
  } catch (error) {
    throw new NxError('io', 'NX-ADAPTER-WRITE', 'The document cannot be written', {
      detail: errorText(error),
      where: { file },
      fix: 'Name a directory that you may write to, and a name that is free.',
      cause: error,
    })
  }
}

function exists(title: string, name: string, file?: string): NxError {
  return new NxError('conflict', 'NX-ADAPTER-EXISTS', title, {
    ...(file === undefined ? {} : { where: { file } }),
    detail: 'Nothing was written.',
    fix: `Take another name than '${name}', or edit what is there.`,
  })
}

function unsound(detail: string): NxError {
  return new NxError('invalid', 'NX-ADAPTER-NEW', 'What would be written does not stand in this repository', {
    detail: `${detail} Nothing was written.`,
    fix: 'Choose other operations, or make it without --from and write them by hand: docs/connectors.md.',
  })
}
