import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { ConnectorDefinition } from '../define-connector.ts'
import { compileTemplate } from '../template.ts'

/** A message that the vendor keeps, as it tells of it. */
export interface VendorTemplate {
  readonly name: string
  readonly language: string | null
  /** In the vendor's words: APPROVED, PAUSED. */
  readonly status: string
  readonly category: string | null
  /** Are its parameters `{{name}}` or `{{1}}`? */
  readonly by: 'name' | 'place'
  /** Why it was not approved. */
  readonly reason: string | null
  readonly parts: readonly VendorTemplatePart[]
}

export interface VendorTemplatePart {
  /** HEADER, BODY, FOOTER, BUTTONS. */
  readonly kind: string
  /** Of a header: TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION. */
  readonly format: string | null
  readonly text: string | null
  readonly buttons: readonly {
    readonly kind: string
    readonly text: string | null
    readonly url: string | null
  }[]
}

/** Reads items of the vendor's list. null: the item is none that this version can read. */
export function vendorTemplateReader({
  templates,
  tables,
}: Pick<ConnectorDefinition, 'templates' | 'tables'>): (item: JsonValue) => VendorTemplate | null {
  const mapped = compileTemplate(templates?.item ?? {}, { roots: ['item'], tables })
  return (item) => {
    try {
      return templateOf(mapped.render({ item }))
    } catch {
      return null
    }
  }
}

function templateOf(value: JsonValue | undefined): VendorTemplate | null {
  if (!isJsonObject(value)) return null
  const name = text(value['name'])
  const status = text(value['status'])
  if (name === null || status === null) return null
  return {
    name,
    status,
    language: text(value['language']),
    category: text(value['category']),
    by: value['by'] === 'name' ? 'name' : 'place',
    reason: text(value['reason']),
    parts: objects(value['parts']).map((part) => ({
      kind: text(part['kind']) ?? '',
      format: text(part['format']),
      text: text(part['text']),
      buttons: objects(part['buttons']).map((button) => ({
        kind: text(button['kind']) ?? '',
        text: text(button['text']),
        url: text(button['url']),
      })),
    })),
  }
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The parameters in a text of the vendor's, each once: names as they come, numbers in their order. */
export function parametersIn(source: string | null): readonly string[] {
  const found = (source ?? '').matchAll(/\{\{\s{0,8}([A-Za-z0-9_]{1,100})\s{0,8}\}\}/g)
  const names = [...new Set([...found].map(([, name]) => name ?? ''))]
  return names.every((name) => /^\d+$/.test(name)) ? names.sort((a, b) => Number(a) - Number(b)) : names
}
