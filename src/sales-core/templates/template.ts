import type { JsonValue } from '../../kernel/json.ts'
import type { VariableValues } from '../conditions/condition-compiler.ts'
import type { FieldType } from '../types/field-type.ts'

/** Something wrong with a text, found before it is ever rendered. `offset` counts characters of the source. */
export interface TemplateProblem {
  readonly code: string
  readonly message: string
  readonly fix: string | null
  readonly offset: number
}

export type TemplateResult =
  /** undefined: a lone `{{ x }}` whose x is absent; the key it stands for is left out. */
  | { readonly state: 'value'; readonly value: JsonValue | undefined }
  | { readonly state: 'error'; readonly code: string; readonly message: string }

/** A text with `{{ }}` in it, ready to render. Rendering is pure, bounded and never throws. */
export interface Template {
  readonly source: string
  /** Variables it uses: `event`, `lead`. */
  readonly roots: ReadonlySet<string>
  /** The declared type of what it yields: of x for a lone `{{ x }}`, string for text, null when only rendering can tell. */
  readonly yields: FieldType | null
  render(values: VariableValues): TemplateResult
}

export type CompiledTemplate =
  | { readonly state: 'compiled'; readonly template: Template }
  | { readonly state: 'problems'; readonly problems: readonly TemplateProblem[] }

/** The longest text, characters. */
export const templateCharsMax = 8_000
/** The longest result, characters. */
export const renderedCharsMax = 64_000
