import { NxError, errorText } from '../../kernel/errors.ts'
import { isJsonObject, withPath } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { mergePatch } from '../../kernel/merge-patch.ts'
import { readInput } from '../read-input.ts'
import { editText } from './edit-text.ts'

const patchBytesMax = 1024 * 1024

export interface EditFlags {
  readonly patch?: string | undefined
  readonly editor: boolean
  readonly set?: readonly string[] | undefined
}

/**
 * A command's input as the flags change it: a merge patch from a file (RFC 7396, YAML or JSON), then single values, or by hand in
 * an editor. Throws NX-USAGE without any of them, NX-PATCH (invalid), NX-SET (usage), NX-EDITOR (io).
 */
export async function editedInput(input: JsonObject, flags: EditFlags): Promise<JsonObject> {
  const sets = flags.set ?? []
  if (flags.patch === undefined && !flags.editor && sets.length === 0) {
    throw new NxError('usage', 'NX-USAGE', 'What shall change?', {
      fix: 'Add --patch FILE, --set path=value, or --editor.',
    })
  }
  let edited: JsonValue = input
  if (flags.patch !== undefined) {
    const text = (await readInput(flags.patch, patchBytesMax)).toString('utf8')
    edited = mergePatch(edited, await objectIn(text, flags.patch))
  }
  for (const set of sets) edited = withSet(edited as JsonObject, set)
  if (!flags.editor) return edited as JsonObject
  const { stringify } = await import('yaml')
  return objectIn(await editText(stringify(edited), 'input.yaml'), 'input.yaml')
}

/** `contact.tags=["vip"]`: a value as JSON where it is JSON, else the text itself; `path=` alone is the empty text. */
export function withSet(input: JsonObject, set: string): JsonObject {
  const equals = set.indexOf('=')
  const path = set.slice(0, Math.max(equals, 0))
  const segments = path.split('.')
  if (equals > 0 && segments.every((segment) => segment !== '' && segment !== '__proto__'))
    return withPath(input, path, valueOf(set.slice(equals + 1)))
  throw new NxError('usage', 'NX-SET', `'${set}' does not set anything`, {
    fix: `Write path=value, such as contact.email=ada@example.com or tags='["vip"]'.`,
  })
}

function valueOf(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return text
  }
}

/** The object in a text of YAML 1.2, of which JSON is a part. */
async function objectIn(text: string, file: string): Promise<JsonObject> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text)
  const [problem] = document.errors
  let value: unknown = null
  let detail = problem?.message ?? 'It must hold one object.'
  if (problem === undefined) {
    try {
      value = document.toJS({ maxAliasCount: 0 })
    } catch (error) {
      detail = errorText(error)
    }
  }
  if (isJsonObject(value)) return value
  const [at] = problem?.linePos ?? []
  throw new NxError('invalid', 'NX-PATCH', 'This cannot be read as an object', {
    detail,
    where: { file, ...(at === undefined ? {} : { line: at.line, column: at.col }) },
    fix: 'Write JSON or YAML, such as {"tags": ["vip"]}.',
  })
}
