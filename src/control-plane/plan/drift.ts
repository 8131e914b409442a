import type { Actor } from '../../platform/access/actor.ts'
import { requirePermission } from '../../platform/access/actor.ts'
import { scopeName } from '../documents/document.ts'
import type { Scope } from '../documents/document.ts'
import type { QuarantineStore } from '../revisions/quarantine.ts'
import type { ActiveHead, Activation, RevisionSource, RevisionStore } from '../revisions/revision-store.ts'
import { rolledBack } from '../revisions/rolled-back.ts'
import type { RawChange } from './difference/raw-changes.ts'
import { rawChanges } from './difference/raw-changes.ts'
import type { CandidatePorts } from './world/read-candidate.ts'
import { readCandidate } from './world/read-candidate.ts'

/**
 * How a scope of the database stands to a directory. `in_sync`: the same. `pending`: the directory is ahead of what was applied from it.
 * `drifted`: what is active did not come from this directory's history. `quarantined`: the directory's content may not be applied.
 * `unknown`: the directory does not speak for it.
 */
export type DriftState = 'in_sync' | 'pending' | 'drifted' | 'quarantined' | 'unknown'

export interface ScopeDrift {
  readonly scope: string
  readonly state: DriftState
  /** In a sentence: what is the matter, who did it. */
  readonly detail: string
  readonly active: string | null
  readonly directory: string | null
  /** When, by whom and out of what the active one came. */
  readonly activatedAt: string | null
  readonly activatedBy: string | null
  readonly source: RevisionSource | null
  /** From what is active to the directory, document by document. */
  readonly changes: readonly RawChange[]
}

export interface DriftReport {
  readonly source: RevisionSource
  readonly scopes: readonly ScopeDrift[]
  /** Is there anything but `in_sync` and `unknown`? */
  readonly differs: boolean
}

export interface DriftPorts extends CandidatePorts {
  readonly revisions: Pick<RevisionStore, 'heads' | 'revision' | 'activations'>
  readonly quarantine: Pick<QuarantineStore, 'quarantined'>
  /** Is a commit part of the history that leads to what the directory has checked out? Null: it cannot be told. */
  hasCommit(directory: string, commit: string): Promise<boolean | null>
}

/**
 * Compares a directory with what is active, scope by scope. Reads only. `ignore`: differences that do not count, each a scope
 * (`tenants/acme`: and all below it), a document (`Kind/name`) or a part of one (`Kind/name.path`). Needs config.read on the
 * installation. Throws what `readCandidate` throws.
 */
export async function driftOf(
  ports: DriftPorts,
  actor: Actor,
  { directory, ignore }: { readonly directory: string; readonly ignore: readonly string[] },
): Promise<DriftReport> {
  const candidate = await readCandidate(ports, actor, 'config.read', directory)
  requirePermission(actor, 'config.read', null)
  const { revisions, before, after, heads, source, tenants } = candidate
  const quarantined = await ports.quarantine.quarantined(tenants.map(({ id }) => id))
  const barred = new Map(quarantined.map((one) => [`${scopeName(one.scope)} ${one.digest}`, one]))
  const scopes: ScopeDrift[] = []
  for (const { scope, digest } of revisions) {
    const name = scopeName(scope)
    const head = heads.get(name) ?? null
    const own = after.get(name)?.documents ?? []
    const changes =
      head?.digest === digest
        ? []
        : rawChanges(before.get(name)?.documents ?? [], own).filter(
            (change) => !isIgnored(change, name, ignore),
          )
    const found = { scope: name, active: head?.digest ?? null, directory: digest, ...sourceOf(head), changes }
    const quarantine = barred.get(`${name} ${digest}`)
    if (head?.digest === digest || changes.length === 0) {
      const state = { state: 'in_sync', detail: 'the same' } as const
      scopes.push({ ...found, ...(head === null && own.length > 0 ? pendingFirst : state) })
    } else if (quarantine !== undefined) {
      const detail = `the directory's content was quarantined at ${quarantine.at} by ${quarantine.by}: ${quarantine.reason}`
      scopes.push({ ...found, state: 'quarantined', detail })
    } else
      scopes.push({ ...found, ...(await whyDifferent(ports, { directory, source, scope, digest, head })) })
  }
  const spokenFor = new Set(revisions.map(({ scope }) => scopeName(scope)))
  for (const [name, head] of heads) {
    if (spokenFor.has(name)) continue
    const found = { scope: name, active: head.digest, directory: null, ...sourceOf(head), changes: [] }
    scopes.push({ ...found, state: 'unknown', detail: 'the directory has no folder for this tenant' })
  }
  const differs = scopes.some(({ state }) => state !== 'in_sync' && state !== 'unknown')
  return { source, scopes, differs }
}

const pendingFirst = { state: 'pending', detail: 'nothing was applied here yet' } as const

interface Different {
  readonly directory: string
  readonly source: RevisionSource
  readonly scope: Scope
  readonly digest: string
  readonly head: ActiveHead | null
}

/** The directory is ahead, or somebody changed what is active by another way. */
async function whyDifferent(
  ports: DriftPorts,
  { directory, source, scope, digest, head }: Different,
): Promise<{ readonly state: DriftState; readonly detail: string }> {
  if (head === null) return pendingFirst
  const back = await rolledBack(ports.revisions, scope, digest)
  if (back !== null)
    return { state: 'drifted', detail: `rolled back by ${back.by} at ${back.at}${reasonOf(back)}` }
  const who = `${head.activatedBy} at ${head.activatedAt}`
  const from = head.source
  if (source.repository === null || from.repository === null) {
    return from.directory === source.directory
      ? { state: 'pending', detail: 'the directory has changed since it was applied' }
      : { state: 'drifted', detail: `applied from ${from.directory} by ${who}` }
  }
  if (from.repository !== source.repository)
    return { state: 'drifted', detail: `applied from ${from.repository} by ${who}` }
  const commit = from.commit?.replace(/-dirty$/, '') ?? null
  if (commit === null) return { state: 'drifted', detail: `applied without a commit by ${who}` }
  if (from.commit !== commit)
    return {
      state: 'drifted',
      detail: `applied with changes that were not committed (on ${commit.slice(0, 12)}) by ${who}`,
    }
  const known = await ports.hasCommit(directory, commit)
  return known === false
    ? {
        state: 'drifted',
        detail: `applied from commit ${commit.slice(0, 12)}, which this checkout does not have, by ${who}`,
      }
    : { state: 'pending', detail: `the directory is ahead of commit ${commit.slice(0, 12)}, which is active` }
}

function reasonOf({ reason }: Activation): string {
  return reason === null ? '' : `: ${reason}`
}

function sourceOf(head: ActiveHead | null): Pick<ScopeDrift, 'activatedAt' | 'activatedBy' | 'source'> {
  return {
    activatedAt: head?.activatedAt ?? null,
    activatedBy: head?.activatedBy ?? null,
    source: head?.source ?? null,
  }
}

function isIgnored({ kind, name, path }: RawChange, scope: string, ignore: readonly string[]): boolean {
  const document = `${kind}/${name}`
  const whole = path === null ? document : `${document}.${path}`
  return ignore.some((one) => {
    if (one === scope || scope.startsWith(`${one}/`) || one === document) return true
    return whole === one || whole.startsWith(`${one}.`) || whole.startsWith(`${one}[`)
  })
}
