import type { DocumentSet } from '../../control-plane/documents/document-kind.ts'
import { flagsOf } from '../../control-plane/flags/flags-kind.ts'
import type { Flag, FlagSubject } from '../../control-plane/flags/flag-value.ts'
import { flagValue } from '../../control-plane/flags/flag-value.ts'
import type { EntityRef } from '../../messaging/events/event.ts'

/** Every declared flag, by name. */
export type FlagValues = Readonly<Record<string, boolean>>

const none: FlagValues = Object.freeze({})

/**
 * Makes the flags of a set ready to be asked for. Flags that are the same for every entity are computed once; the others when a
 * condition or a text reads them, so that an event costs only the flags that it is decided by.
 */
export function compileFlags(
  documents: DocumentSet,
  tenant: string,
): (workspace: string, unit: EntityRef) => FlagValues {
  const flags = [...flagsOf(documents)]
  if (flags.length === 0) return () => none
  const dynamic = flags.filter(([, flag]) => dependsOnUnit(flag))
  const fixedByWorkspace = new Map<string, FlagValues>()
  const fixed = (workspace: string): FlagValues => {
    const known = fixedByWorkspace.get(workspace)
    if (known !== undefined) return known
    const values = Object.freeze(
      Object.fromEntries(
        flags.map(([name, flag]) => [name, flagValue(name, flag, { tenant, workspace, unit: null })]),
      ),
    )
    // A configuration belongs to one workspace; a caller that asks for many must not make it grow.
    if (fixedByWorkspace.size >= workspacesMax) fixedByWorkspace.clear()
    fixedByWorkspace.set(workspace, values)
    return values
  }
  if (dynamic.length === 0) return fixed
  // One event asks several times for the same entity.
  let last: {
    readonly workspace: string
    readonly kind: string
    readonly id: string
    values: FlagValues
  } | null = null
  return (workspace, { kind, id }) => {
    if (last === null || last.id !== id || last.kind !== kind || last.workspace !== workspace) {
      const values = perUnit(fixed(workspace), dynamic, { tenant, workspace, unit: `${kind}/${id}` })
      last = { workspace, kind, id, values }
    }
    return last.values
  }
}

const workspacesMax = 16

function dependsOnUnit({ default: otherwise, on_for: listed, percentage = 0 }: Flag): boolean {
  return !otherwise && (listed?.entities !== undefined || (percentage > 0 && percentage < 100))
}

function perUnit(
  fixed: FlagValues,
  dynamic: ReadonlyArray<readonly [string, Flag]>,
  subject: FlagSubject,
): FlagValues {
  const values: Record<string, boolean> = { ...fixed }
  for (const [name, flag] of dynamic) {
    // Own properties, for only those are ever read; computed when asked for: one costs a hash.
    let value: boolean | undefined
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => (value ??= flagValue(name, flag, subject)),
    })
  }
  return values
}
