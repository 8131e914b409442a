import { isUtf8 } from 'node:buffer'
import { visit } from 'yaml'
import type { Document } from 'yaml'
import { defaultDocumentLimits } from '../../control-plane/documents/document-limits.ts'
import { parseYaml } from '../../control-plane/documents/yaml/parse-yaml.ts'
import { readPlainValue } from '../../control-plane/documents/yaml/read-plain-value.ts'
import type { YamlProblem } from '../../control-plane/documents/yaml/yaml-problem.ts'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { ErrorPlace } from '../../kernel/errors.ts'
import { isJsonObject } from '../../kernel/json.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { parseCloudEvent } from '../../messaging/events/cloud-event.ts'
import type { ParsedCloudEvent } from '../../messaging/events/cloud-event.ts'

const shapes = 'Give one CloudEvent, an array of them, or one a line, as JSON; or documents of YAML.'

/**
 * Reads what a file holds: one CloudEvent, an array of them, one a line (JSON Lines), or documents of YAML, each one or a list. Throws
 * (invalid) NX-EVENT-JSON, NX-EVENT-YAML and NX-EVENT-INVALID with the line, or with the index in the array. `file` is how errors
 * name it; '' for none.
 */
export function readCloudEvents(content: string | Buffer, file = ''): readonly ParsedCloudEvent[] {
  const at = (place: ErrorPlace): ErrorPlace => (file === '' ? place : { file, ...place })
  if (typeof content !== 'string' && !isUtf8(content)) {
    throw new NxError('invalid', 'NX-EVENT-JSON', 'The input is not UTF-8', {
      where: at({}),
      fix: 'Save it as UTF-8: other bytes would become question marks in names.',
    })
  }
  const text = content.toString().replace(/^\uFEFF/, '')
  if (text.trim() === '') {
    throw new NxError('invalid', 'NX-EVENT-JSON', 'There are no events in the input', {
      where: at({}),
      fix: shapes,
    })
  }
  return /^\s*[[{]/.test(text) ? fromJson(text, at) : fromYaml(text, at)
}

type At = (place: ErrorPlace) => ErrorPlace

function fromJson(text: string, at: At): readonly ParsedCloudEvent[] {
  const whole = jsonOf(text)
  if ('value' in whole) {
    const { value } = whole
    return Array.isArray(value)
      ? (value as readonly JsonValue[]).map((item, index) => eventOf(item, at({ path: `[${index}]` })))
      : [eventOf(value, at({}))]
  }
  const lines = text.split('\n').map((line, index) => ({ line: index + 1, text: line, ...jsonOf(line) }))
  const given = lines.filter((one) => one.text.trim() !== '')
  // Lines of which none is an event by itself are one text, written over several lines.
  if (!given.some((one) => 'value' in one && isJsonObject(one.value))) throw notJson(whole.error, at)
  return given.map((one) => {
    if ('value' in one && isJsonObject(one.value)) return eventOf(one.value, at({ line: one.line }))
    const { error } = jsonOf(one.text) as { readonly error?: string }
    throw new NxError('invalid', 'NX-EVENT-JSON', 'The input is not JSON', {
      ...(error === undefined ? {} : { detail: error }),
      where: at({ line: one.line }),
      fix: shapes,
    })
  })
}

/** The rules of configuration files, for larger files. */
const limits = {
  ...defaultDocumentLimits,
  nodesPerDocumentMax: 2_000_000,
  charsPerDocumentMax: 64 * 1024 * 1024,
}

function fromYaml(text: string, at: At): readonly ParsedCloudEvent[] {
  const { trees, problems, positionOf } = parseYaml(text, limits)
  const refuse = ([problem]: readonly YamlProblem[]): void => {
    if (problem !== undefined) throw notYaml(problem.message, at(positionOf(problem.offset)), problem.fix)
  }
  refuse(problems)
  for (const tree of trees) refuse(tree.problems)
  const events = trees.flatMap(({ tree }) => {
    const plain = readPlainValue(tree, limits)
    refuse([...plain.problems, ...telephoneNumbers(tree)])
    const { value } = plain
    if (value === null) return []
    const { line } = positionOf(tree.contents?.range?.[0] ?? 0)
    const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [value]
    return list.map((item, index) =>
      eventOf(item, at(Array.isArray(value) ? { line, path: `[${index}]` } : { line })),
    )
  })
  if (events.length > 0) return events
  throw notYaml('There are no events in the input', at({}), null)
}

/** `+14155550100` and `0415550100` read as numbers without their first character: another person's telephone, or nobody's. */
function telephoneNumbers(tree: Document): readonly YamlProblem[] {
  const found: YamlProblem[] = []
  visit(tree, {
    Scalar: (_key, { value, source = '', range }) => {
      if (typeof value !== 'number' || !/^(\+|0)\d+$/.test(source)) return
      const message = `${source} reads as the number ${value}`
      found.push({
        code: 'NX-YAML-NUMBER',
        message,
        fix: `Write it in quotes: '${source}'.`,
        offset: range?.[0] ?? 0,
      })
    },
  })
  return found
}

/** Throws NX-EVENT-INVALID with the place in the file, and below it the path in the event. */
function eventOf(value: JsonValue, where: ErrorPlace): ParsedCloudEvent {
  try {
    return parseCloudEvent(value, where.path ?? '')
  } catch (error) {
    if (!(error instanceof NxError)) throw error
    const { kind, code, message, detail, fix } = error
    throw new NxError(kind, code, message, {
      ...(detail === undefined ? {} : { detail }),
      ...(fix === undefined ? {} : { fix }),
      where: { ...where, ...error.where },
      cause: error,
    })
  }
}

function jsonOf(text: string): { readonly value: JsonValue } | { readonly error: string } {
  try {
    return { value: JSON.parse(text) as JsonValue }
  } catch (error) {
    return { error: errorText(error) }
  }
}

/** V8 says where, in words. */
function notJson(error: string, at: At): NxError {
  const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(error) ?? []
  return new NxError('invalid', 'NX-EVENT-JSON', 'The input is not JSON', {
    detail: error,
    where: at(line === undefined ? {} : { line: Number(line), column: Number(column) }),
    fix: shapes,
  })
}

function notYaml(detail: string, where: ErrorPlace, fix: string | null): NxError {
  return new NxError('invalid', 'NX-EVENT-YAML', 'The input is neither JSON nor YAML that holds events', {
    detail,
    where,
    fix: fix ?? shapes,
  })
}
