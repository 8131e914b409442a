import { isJsonObject } from '../../../kernel/json.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { DocumentPath } from '../../documents/document.ts'
import type { Problem } from '../../documents/document-kind.ts'
import type { Address } from './address.ts'
import { parseAddress } from './address.ts'
import type { Amount } from './guard.ts'
import { amountOf } from './guard.ts'

/** The fields that any document may have beside those of its kind: what it does to the layers above, and allows those below. */
export const headFields = ['unset', 'locked', 'bounded'] as const

const entriesMax = 500

/** An address that a head field names, and where it stands. */
export interface NamedAddress {
  readonly address: Address
  readonly path: DocumentPath
}

export interface NamedBound extends NamedAddress {
  readonly max: Amount | null
  readonly min: Amount | null
}

export interface HeadFields {
  readonly unset: readonly NamedAddress[]
  readonly locked: readonly NamedAddress[]
  readonly bounded: readonly NamedBound[]
}

const noFields: HeadFields = { unset: [], locked: [], bounded: [] }

/** A document's content without `unset`, `locked` and `bounded`: what its kind's schema knows. The same object when it has none. */
export function contentOf(body: JsonObject): JsonObject {
  if (!headFields.some((name) => Object.hasOwn(body, name))) return body
  const kept = Object.entries(body).filter(([key]) => !(headFields as readonly string[]).includes(key))
  return Object.fromEntries(kept)
}

/** Reads the head fields; entries of the wrong shape are problems and left out. */
export function readHeadFields(body: JsonObject): {
  readonly fields: HeadFields
  readonly problems: readonly Problem[]
} {
  if (contentOf(body) === body) return { fields: noFields, problems: [] }
  const problems: Problem[] = []
  const fields = {
    unset: addressesOf(body, 'unset', problems),
    locked: addressesOf(body, 'locked', problems),
    bounded: boundsOf(body, problems),
  }
  return { fields, problems }
}

function addressesOf(
  body: JsonObject,
  field: 'unset' | 'locked',
  problems: Problem[],
): readonly NamedAddress[] {
  const value = Object.hasOwn(body, field) ? body[field] : undefined
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    problems.push(wrongType([field], `'${field}' must be a list of paths`, `Write ${field}: [path, …].`))
    return []
  }
  const items = value as readonly JsonValue[]
  if (items.length > entriesMax) problems.push(tooMany(field))
  return items.slice(0, entriesMax).flatMap((item, index) => {
    const path = [field, index]
    const address = typeof item === 'string' ? parseAddress(item) : null
    if (address !== null) return [{ address, path }]
    problems.push(notAPath(path, item))
    return []
  })
}

function boundsOf(body: JsonObject, problems: Problem[]): readonly NamedBound[] {
  const value = Object.hasOwn(body, 'bounded') ? body.bounded : undefined
  if (value === undefined) return []
  if (!isJsonObject(value)) {
    const fix = 'Write bounded: { path: { max: 100 } }.'
    problems.push(wrongType(['bounded'], "'bounded' must be a mapping of paths", fix))
    return []
  }
  const entries = Object.entries(value)
  if (entries.length > entriesMax) problems.push(tooMany('bounded'))
  return entries.slice(0, entriesMax).flatMap(([text, ends]) => boundOf(text, ends, problems))
}

function boundOf(text: string, ends: JsonValue | undefined, problems: Problem[]): readonly NamedBound[] {
  const path = ['bounded', text]
  const address = parseAddress(text)
  if (address === null) {
    problems.push({ ...notAPath(path, text), key: true })
    return []
  }
  const shape = isJsonObject(ends) ? Object.entries(ends) : []
  const amounts = new Map(shape.map(([end, value]) => [end, amountOf(value)]))
  const isWrong = shape.some(([end]) => (end !== 'max' && end !== 'min') || amounts.get(end) === null)
  if (shape.length === 0 || isWrong) {
    const fix = 'Write { max: 100 }, { min: 1 }, or both; durations such as 30s are allowed.'
    problems.push(wrongType(path, `The bound of '${text}' must have max or min, each a number`, fix))
    return []
  }
  return [{ address, path, max: amounts.get('max') ?? null, min: amounts.get('min') ?? null }]
}

function notAPath(path: DocumentPath, item: JsonValue): Problem {
  const shown = typeof item === 'string' ? `'${item}'` : 'This'
  const fix = 'Write keys with dots between them and list items by id: rules[hot-lead].when'
  return { code: 'NX-CONFIG-WRONG-VALUE', message: `${shown} is not a path`, fix, path }
}

function wrongType(path: DocumentPath, message: string, fix: string): Problem {
  return { code: 'NX-CONFIG-WRONG-TYPE', message, fix, path }
}

function tooMany(field: string): Problem {
  const message = `'${field}' has more than ${entriesMax} entries`
  return {
    code: 'NX-CONFIG-WRONG-VALUE',
    message,
    fix: 'Name the parts above them.',
    path: [field],
    key: true,
  }
}
