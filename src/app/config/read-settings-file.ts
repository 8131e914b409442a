import { LineCounter, isMap, isPair, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'
import { NxError } from '../../kernel/errors.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { FoundSettingsFile } from './find-settings-file.ts'
import { settingsFileBytesMax, settingsFileSchema } from './settings-file.ts'
import type { SettingsFile } from './settings-file.ts'

/**
 * Parses and validates a settings file (YAML 1.2; JSON is YAML). Throws NX-SETTINGS-SYNTAX or NX-SETTINGS-INVALID
 * (configuration) with the file, the line and the column of the first problem; the others are in the detail.
 */
export function readSettingsFile(file: FoundSettingsFile): SettingsFile {
  if (Buffer.byteLength(file.content) > settingsFileBytesMax) {
    throw new NxError(
      'configuration',
      'NX-SETTINGS-SIZE',
      `A settings file has at most ${settingsFileBytesMax} bytes`,
      {
        where: { file: file.path },
        fix: 'Is this the right file? See NEURONX_CONFIG.',
      },
    )
  }
  const lines = new LineCounter()
  const document = parseDocument(file.content, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const [syntax] = document.errors
  if (syntax !== undefined) throw notReadable(file, lines, syntax.pos[0], syntax.message)
  visit(document, {
    Alias: (_key, alias) => {
      throw notReadable(file, lines, alias.range?.[0] ?? 0, 'Aliases are not taken here')
    },
  })
  const parsed = settingsFileSchema.safeParse(document.toJS() ?? {})
  if (parsed.success) return parsed.data
  throw invalid(file, document, lines, parsed.error.issues)
}

function notReadable(file: FoundSettingsFile, lines: LineCounter, offset: number, detail: string): NxError {
  const { line, col } = lines.linePos(offset)
  return new NxError('configuration', 'NX-SETTINGS-SYNTAX', 'The settings file cannot be understood', {
    detail,
    where: { file: file.path, line, column: col },
    fix: 'Correct the file at this place.',
  })
}

type Issues = NonNullable<ReturnType<typeof settingsFileSchema.safeParse>['error']>['issues']

function invalid(file: FoundSettingsFile, document: Document, lines: LineCounter, issues: Issues): NxError {
  const problems = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownKey(issue.path, key) }))
      : [{ path: issue.path, message: `${issue.path.join('.') || 'the file'}: ${issue.message}` }],
  )
  const placed = problems
    .map(({ path, message }) => ({
      path: path.join('.'),
      message,
      position: positionOf(document, lines, path),
    }))
    .sort((a, b) => a.position.line - b.position.line || a.position.col - b.position.col)
  const [first] = placed
  const others = placed
    .slice(1)
    .map(({ message, position }) => `${file.path}:${position.line}:${position.col}  ${message}`)
  return new NxError(
    'configuration',
    'NX-SETTINGS-INVALID',
    first?.message ?? 'The settings file is not valid',
    {
      ...(others.length === 0 ? {} : { detail: `Also:\n${others.join('\n')}` }),
      where: {
        file: file.path,
        line: first?.position.line ?? 1,
        column: first?.position.col ?? 1,
        path: first?.path ?? '',
      },
      fix: 'Correct the file at this place.',
    },
  )
}

function unknownKey(parent: readonly PropertyKey[], key: string): string {
  const shape = parent.reduce<unknown>(
    (schema, part) => (typeof part === 'number' ? elementOf(schema) : shapeOf(schema)?.[String(part)]),
    settingsFileSchema,
  )
  const known = Object.keys(shapeOf(shape) ?? {})
  const near = nearestName(key, known)
  return `'${key}' is not a setting${near === null ? `; there are ${known.join(', ')}` : `; did you mean ${near}?`}`
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('shape' in schema) return schema.shape as Readonly<Record<string, unknown>>
  return 'unwrap' in schema && typeof schema.unwrap === 'function' ? shapeOf(schema.unwrap()) : undefined
}

/** What the items of a list are, through `optional`. */
function elementOf(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('element' in schema) return schema.element
  return 'unwrap' in schema && typeof schema.unwrap === 'function' ? elementOf(schema.unwrap()) : undefined
}

/** Where the value at `path` stands, or its key when that is all there is, or its nearest parent. */
function positionOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): { line: number; col: number } {
  let node: unknown = document.contents
  let offset = 0
  for (const part of path) {
    if (isSeq(node) && typeof part === 'number') {
      node = node.items[part]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
      continue
    }
    const pair = isMap(node)
      ? node.items.find((item) => isPair(item) && String((item.key as Node).toJSON()) === String(part))
      : undefined
    if (pair === undefined) break
    offset = (pair.key as Node).range?.[0] ?? offset
    node = pair.value
  }
  return lines.linePos(offset)
}
