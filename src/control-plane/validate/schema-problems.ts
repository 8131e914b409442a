import type * as core from 'zod/v4/core'
import type { z } from 'zod'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { DocumentPath } from '../documents/document.ts'
import { pathText } from '../documents/document.ts'
import type { Problem } from '../documents/document-kind.ts'
import { notSupportedYetCode } from '../documents/document-kind.ts'
import { headFields } from '../resolution/merge/head-fields.ts'
import { replacementFor } from './suggested-name.ts'
import { isNotYet, schemaFields } from './schema-fields.ts'
import { unionVerdict } from './union-issues.ts'

type Issue = core.$ZodIssue

/** A document to compare with its schema: what the issues' paths point into. */
interface Subject {
  readonly schema: z.ZodType
  readonly body: JsonObject
}

/** zod's issues with a document, in the words of this language: what stands where, what was meant, what to write. */
export function schemaProblems(
  schema: z.ZodType,
  body: JsonObject,
  issues: readonly Issue[],
): readonly Problem[] {
  return issues.flatMap((issue) => problemsOf({ schema, body }, issue, []))
}

function problemsOf(subject: Subject, issue: Issue, base: DocumentPath): readonly Problem[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownField(subject, [...path, key]))
    case 'invalid_type':
      return [wrongType(subject, path, [issue.expected], customText(issue))]
    case 'invalid_value':
      return [wrongValue(subject, path, issue.values, customText(issue))]
    case 'invalid_union':
      return unionProblems(subject, issue, path)
    case 'invalid_key':
      return [{ ...plain(path, `${label(path)} ${issue.issues[0]?.message ?? issue.message}`), key: true }]
    case 'custom':
      return [custom(issue, path)]
    default:
      return [plain(path, `${label(path)}: ${issue.message}`, customText(issue))]
  }
}

function unionProblems(
  subject: Subject,
  issue: core.$ZodIssueInvalidUnion,
  path: DocumentPath,
): readonly Problem[] {
  if (issue.errors.length === 0) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : []
    const misspelt = misspeltKey(subject, path)
    return [misspelt ?? wrongValue(subject, path, options, customText(issue))]
  }
  if (valueAt(subject.body, path) === undefined) return [missing(path, null)]
  const isAbsent = (inner: readonly PropertyKey[]): boolean =>
    valueAt(subject.body, [
      ...path,
      ...inner.map((part) => (typeof part === 'number' ? part : String(part))),
    ]) === undefined
  const verdict = unionVerdict(issue.errors, isAbsent)
  switch (verdict.state) {
    case 'meant':
      return verdict.issues.flatMap((inner) => problemsOf(subject, inner, path))
    case 'type':
      return [wrongType(subject, path, verdict.expected, customText(issue))]
    case 'value':
      return [wrongValue(subject, path, verdict.values, customText(issue))]
    case 'missing': {
      const names = verdict.fields.map((field) => `'${field}'`).join(', ')
      const fix = 'Add the one that says what is meant.'
      return [{ code: 'NX-CONFIG-MISSING-FIELD', message: `${label(path)} needs one of ${names}`, fix, path }]
    }
  }
}

/** Which member of a union is meant stands in a field that is absent: the field of nearly its name that no member has. Null: there is none. */
function misspeltKey(subject: Subject, path: DocumentPath): Problem | null {
  const holder = valueAt(subject.body, path.slice(0, -1))
  const wanted = path.at(-1)
  if (typeof wanted !== 'string' || !isJsonObject(holder) || Object.hasOwn(holder, wanted)) return null
  const known = schemaFields(subject.schema, path.slice(0, -1))
  const strangers = Object.keys(holder).filter((key) => !known.includes(key))
  const meant = strangers.find((key) => nearestName(key, known) === wanted)
  return meant === undefined ? null : unknownField(subject, [...path.slice(0, -1), meant])
}

function unknownField({ schema }: Subject, path: DocumentPath): Problem {
  const name = String(path.at(-1))
  const fields = schemaFields(schema, path.slice(0, -1))
  const meant = nearestName(name, path.length === 1 ? [...fields, ...headFields] : fields)
  const fix =
    meant !== null
      ? `Did you mean '${meant}'?`
      : fields.length > 0
        ? `Fields here: ${fields.join(', ')}.`
        : 'Remove it.'
  return {
    code: 'NX-CONFIG-UNKNOWN-FIELD',
    message: `There is no field '${name}' here`,
    fix,
    path,
    key: true,
    replace: replacementFor(name, fields),
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'empty',
}

function wrongType(
  { body }: Subject,
  path: DocumentPath,
  expected: readonly string[],
  own: string | null,
): Problem {
  const value = valueAt(body, path)
  const wanted = [...new Set(expected.map((type) => typeNames[type] ?? type))].join(' or ')
  if (value === undefined) return missing(path, wanted)
  const message = own !== null ? worded(path, own) : `${label(path)} must be ${wanted}, not ${typeOf(value)}`
  const fix = value === null ? `Write ${wanted} behind it, or remove the field.` : hintFor(value, expected)
  return { code: 'NX-CONFIG-WRONG-TYPE', message, fix, path }
}

function hintFor(value: JsonValue, expected: readonly string[]): string | null {
  if (!expected.includes('string') || isJsonObject(value) || Array.isArray(value)) return null
  return `Put it in quotes: "${String(value)}".`
}

function wrongValue(
  { body }: Subject,
  path: DocumentPath,
  values: readonly unknown[],
  own: string | null,
): Problem {
  const value = valueAt(body, path)
  const allowed = values.map(String)
  const list = allowed.join(', ')
  if (value === undefined) return missing(path, allowed.length === 1 ? list : `one of ${list}`)
  const meant = typeof value === 'string' ? nearestName(value, allowed) : null
  const shown = isJsonObject(value) || Array.isArray(value) ? typeOf(value) : `'${String(value)}'`
  const message =
    own !== null
      ? worded(path, own)
      : `${label(path)} must be ${allowed.length === 1 ? list : `one of ${list}`}, not ${shown}`
  return {
    code: 'NX-CONFIG-WRONG-VALUE',
    message,
    fix: meant === null ? null : `Did you mean '${meant}'?`,
    path,
    replace: typeof value === 'string' ? replacementFor(value, allowed) : undefined,
  }
}

function missing(path: DocumentPath, wanted: string | null): Problem {
  const fix = wanted === null ? 'Add it.' : `Add it: ${wanted}.`
  return { code: 'NX-CONFIG-MISSING-FIELD', message: `${label(path)} is missing`, fix, path }
}

function custom(issue: core.$ZodIssueCustom, path: DocumentPath): Problem {
  if (isNotYet(issue)) {
    const fix = 'Remove it: this version would not carry it out.'
    return { code: notSupportedYetCode, message: worded(path, issue.message), fix, path, key: true }
  }
  const code = typeof issue.params?.code === 'string' ? issue.params.code : 'NX-CONFIG-WRONG-VALUE'
  const fix = typeof issue.params?.fix === 'string' ? issue.params.fix : null
  return { code, message: worded(path, issue.message), fix, path }
}

function plain(path: DocumentPath, message: string, own: string | null = null): Problem {
  return {
    code: 'NX-CONFIG-WRONG-VALUE',
    message: own === null ? message : worded(path, own),
    fix: null,
    path,
  }
}

/** A message that a kind wrote itself; zod's own begin with a capital. */
function customText(issue: Issue): string | null {
  return /^[a-z]/.test(issue.message) ? issue.message : null
}

/** A kind's own message with its subject in front, unless it names it itself. */
function worded(path: DocumentPath, own: string): string {
  return own.startsWith(`${path.at(-1)} `) || /^[^a-z]/.test(own) ? own : `${label(path)} ${own}`
}

function label(path: DocumentPath): string {
  const last = path.at(-1)
  return last === undefined ? 'The document' : `'${typeof last === 'string' ? last : pathText(path)}'`
}

function valueAt(body: JsonObject, path: DocumentPath): JsonValue | undefined {
  let current: JsonValue | undefined = body
  for (const part of path) {
    if (Array.isArray(current)) current = (current as readonly JsonValue[])[Number(part)]
    else if (isJsonObject(current) && Object.hasOwn(current, part)) current = current[part]
    else return undefined
  }
  return current
}

function typeOf(value: JsonValue): string {
  if (value === null) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'a number' : 'true or false'
}
