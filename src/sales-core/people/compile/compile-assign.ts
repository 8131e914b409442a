import type { DocumentPath } from '../../../control-plane/documents/document.ts'
import type { ProblemLog } from '../../compile/problem-log.ts'
import type { TypeCatalog } from '../../compile/type-catalog.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { typeAt } from '../../types/field-type.ts'
import type { CompiledAssign, PickRule } from '../compiled-people.ts'
import type { AssignSpec } from '../people-shape.ts'

/** What compiling needs to know of the place where a verb stands. */
export interface PeopleContext {
  readonly types: TypeCatalog
  readonly log: ProblemLog
  /** Kinds of entity that it may be about; a workflow's one, a rule's subjects. */
  readonly subjects: readonly string[]
}

/** The field that names the owner where nothing else is said. */
export const ownerField = 'owner'

/**
 * Compiles `assign:`. `kinds` are the kinds of entity that have the field, so that a rule knows what it is about. Whether the Team
 * exists is a reference (`peopleReferences`).
 */
export function compileAssign(
  spec: AssignSpec,
  { types, log, subjects }: PeopleContext,
  path: DocumentPath,
): { readonly assign: CompiledAssign; readonly kinds: readonly string[] } {
  const writes = spec.writes ?? ownerField
  const kinds = subjects.filter((kind) => {
    const entity = types.entities.get(kind)
    const type = entity === undefined || writes === 'id' ? null : typeAt(entity, writes)
    return type?.kind === 'string'
  })
  if (kinds.length === 0) {
    const near = nearestName(writes, stringFields(types, subjects))
    log.add({
      code: 'NX-ASSIGN-FIELD',
      message: `${subjects.join(', ') || 'The entity'} has no text field '${writes}'`,
      fix: near === null ? `Declare \`${writes}: string?\` in the EntityType.` : `Did you mean '${near}'?`,
      path: spec.writes === undefined ? path : [...path, 'writes'],
      key: spec.writes === undefined,
    })
  }
  for (const kind of kinds) {
    const writer = types.scoredFields.get(`${kind}.${writes}`)
    if (writer === undefined) continue
    log.add({
      code: 'NX-SET-SCORED',
      message: `${kind}.${writes} is written by LeadScore ${writer}`,
      fix: 'Assign to a field of its own.',
      path: [...path, 'writes'],
    })
  }
  const assign: CompiledAssign =
    spec.release === true || spec.team === undefined
      ? { does: 'release', writes }
      : { does: 'pick', team: spec.team, pick: pickRule(spec), keepOwner: spec.keep_owner ?? false, writes }
  return { assign, kinds: kinds.length === 1 ? kinds : [] }
}

/** How to pick, as it is written. */
export function pickRule({ by, only, skills }: Pick<AssignSpec, 'by' | 'only' | 'skills'>): PickRule {
  return { by: by ?? 'round_robin', onlyAvailable: only === 'available', skills: skills ?? [] }
}

/** Names of the text fields that these kinds have. */
export function stringFields(types: TypeCatalog, kinds: readonly string[]): readonly string[] {
  return kinds.flatMap((kind) =>
    [...(types.entities.get(kind)?.fields ?? [])].flatMap(([name, type]) =>
      type.kind === 'string' && name !== 'id' ? [name] : [],
    ),
  )
}
