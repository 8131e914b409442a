import { stat } from 'node:fs/promises'
import type { PlannedDocument } from '../../control-plane/plan/plan-report.ts'
import { plannedDocuments } from '../../control-plane/plan/difference/planned-documents.ts'
import type { RawChange } from '../../control-plane/plan/difference/raw-changes.ts'
import { rawChanges } from '../../control-plane/plan/difference/raw-changes.ts'
import type { World } from '../../control-plane/plan/world/configuration-world.ts'
import { workspacesOf, worldOf } from '../../control-plane/plan/world/configuration-world.ts'
import { findActivation, headsAt, readStored } from '../../control-plane/plan/world/read-world.ts'
import { revisionDigest } from '../../control-plane/revisions/revision-digest.ts'
import type { Activation } from '../../control-plane/revisions/revision-store.ts'
import { ConfigurationInvalid } from '../../control-plane/validate/configuration-invalid.ts'
import { isValid, validateDirectory } from '../../control-plane/validate/validate-directory.ts'
import { NxError } from '../../kernel/errors.ts'
import { requireInstallation } from '../permitted-tenant.ts'
import { documentKinds } from '../kinds.ts'
import type { Operator } from '../operator.ts'

export interface ConfigDifference {
  /** What is effective otherwise; empty with `raw`. */
  readonly documents: readonly PlannedDocument[]
  /** By scope, as it is written; empty without `raw`. */
  readonly raw: ReadonlyArray<{ readonly scope: string; readonly changes: readonly RawChange[] }>
  readonly workspaces: { readonly affected: number; readonly total: number }
}

/**
 * What differs between two configurations. A side is a directory, `active`, `revision:DIGEST` (the installation as it was when that
 * revision became active), or a commit of the history. Two directories need no installation: `open` is not called. Throws
 * NX-CONFIG-SIDE, NX-CONFIG-INVALID, NX-DENIED.
 */
export async function diffConfig(
  open: <T>(use: (operator: Operator) => Promise<T>) => Promise<T>,
  [left, right]: readonly [string, string],
  { raw }: { readonly raw: boolean },
): Promise<ConfigDifference> {
  if ((await isDirectory(left)) && (await isDirectory(right)))
    return compare(await directoryWorld(left), await directoryWorld(right), [], raw)
  return await open(async (operator) => {
    requireInstallation(operator, 'config.read')
    const tenants = (await operator.tenants.list()).map(({ slug }) => slug)
    return compare(await sideOf(operator, left), await sideOf(operator, right), tenants, raw)
  })
}

function compare(before: World, after: World, tenants: readonly string[], raw: boolean): ConfigDifference {
  const workspaces = workspacesOf([before, after], tenants)
  const { documents, affected } = plannedDocuments(before, after, workspaces, documentKinds)
  const counted = { affected: affected.size, total: workspaces.length }
  if (!raw) return { documents, raw: [], workspaces: counted }
  const scopes = [...new Set([...before.keys(), ...after.keys()])].sort()
  const changes = scopes.map((scope) => ({
    scope,
    changes: rawChanges(before.get(scope)?.documents ?? [], after.get(scope)?.documents ?? []),
  }))
  return { documents: [], raw: changes.filter((one) => one.changes.length > 0), workspaces: counted }
}

async function sideOf(operator: Operator, name: string): Promise<World> {
  const { revisions } = operator
  if (name === 'active') {
    const tenants = await operator.tenants.list()
    return await readStored(revisions, await revisions.heads(tenants.map(({ id }) => id)))
  }
  if (await isDirectory(name)) return await directoryWorld(name)
  const activation = await findActivation(revisions, fits(name))
  if (activation === null) throw unknownSide(name)
  return await readStored(revisions, await headsAt(revisions, activation))
}

function fits(name: string): (activation: Activation) => boolean {
  const [, kind, text] = /^(?:(revision|commit):)?([0-9a-f]{7,64})$/.exec(name) ?? []
  if (text === undefined) throw unknownSide(name)
  return ({ digest, source }) =>
    kind === 'revision' ? digest.startsWith(text) : source.commit?.startsWith(text) === true
}

async function directoryWorld(directory: string): Promise<World> {
  const report = await validateDirectory(directory, documentKinds)
  if (!isValid(report)) throw new ConfigurationInvalid(report.findings)
  return worldOf(
    report.scopes.map(({ scope, documents }) => ({ scope, documents, digest: revisionDigest(documents) })),
  )
}

async function isDirectory(name: string): Promise<boolean> {
  return await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

function unknownSide(name: string): NxError {
  return new NxError(
    'not_found',
    'NX-CONFIG-SIDE',
    `'${name.slice(0, 200)}' is no configuration to compare`,
    {
      detail: 'It is no directory, and no revision or commit that the history knows.',
      fix: 'Give a directory, active, revision:DIGEST or a commit: neuronx config history',
    },
  )
}
