import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { isJsonObject, readPath, withPath } from '../../kernel/json.ts'
import { jsonEqual } from '../../kernel/json-equal.ts'
import type { FieldChange } from './decision.ts'
import type { EntityState } from './entity-state.ts'

/** An entity while an event is applied: its fields as they are now, and every change on the way. Copies only what changes. */
export class EntityDraft {
  readonly #entity: EntityState
  readonly #changes: FieldChange[]
  #fields: JsonObject
  #view: JsonObject | null = null

  constructor(entity: EntityState, fields: JsonObject = entity.fields, changes: readonly FieldChange[] = []) {
    this.#entity = entity
    this.#fields = fields
    this.#changes = changes.slice()
  }

  /** A draft that goes on from here without touching this one. */
  fork(): EntityDraft {
    const fork = new EntityDraft(this.#entity, this.#fields, this.#changes)
    fork.#view = this.#view
    return fork
  }

  get fields(): JsonObject {
    return this.#fields
  }

  get changes(): readonly FieldChange[] {
    return this.#changes
  }

  /** The entity as conditions and texts see it: its fields and its id. The same object until something changes. */
  view(): JsonObject {
    this.#view ??= { ...this.#fields, id: this.#entity.ref.id }
    return this.#view
  }

  read(path: string): JsonValue | undefined {
    return readPath(this.#fields, path)
  }

  /** Sets a field; null removes it. Returns false when it has that value already. */
  set(path: string, to: JsonValue, by: string): boolean {
    const from = this.read(path) ?? null
    if (jsonEqual(from, to)) return false
    this.#changes.push({ field: path, from, to, by })
    this.#fields = applyChange(this.#fields, path, to)
    this.#view = null
    return true
  }
}

/** One step of folding: `to: null` removes the field. Folding all changes of an entity in order gives its fields. */
export function applyChange(fields: JsonObject, path: string, to: JsonValue): JsonObject {
  return to === null ? withoutPath(fields, path.split('.')) : withPath(fields, path, to)
}

function withoutPath(fields: JsonObject, [head, ...rest]: readonly string[]): JsonObject {
  if (head === undefined || !Object.hasOwn(fields, head)) return fields
  if (rest.length === 0) return Object.fromEntries(Object.entries(fields).filter(([key]) => key !== head))
  const inner = fields[head]
  return isJsonObject(inner) ? { ...fields, [head]: withoutPath(inner, rest) } : fields
}
