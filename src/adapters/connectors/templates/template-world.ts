import type { JsonValue } from '../../../kernel/json.ts'
import type { ValueTables } from '../template-functions.ts'

/** What a template may read, by root name: `{input: {...}, entity: {id: '42'}}`. */
export type TemplateScope = Readonly<Record<string, JsonValue | undefined>>

/** What a template is compiled against. */
export interface TemplateWorld {
  /** Root names that exist; anything else is a problem. */
  readonly roots: readonly string[]
  readonly tables: ValueTables
}
