import type { JsonObject } from '../../../kernel/json.ts'
import type { Scope } from '../../documents/document.ts'
import { scopeName } from '../../documents/document.ts'
import type { DocumentKind, Problem } from '../../documents/document-kind.ts'
import { schemaFields } from '../../validate/schema-fields.ts'
import type { Address } from './address.ts'
import { addressText, lookUp, valueAt } from './address.ts'
import type { Bound, Guard } from './guard.ts'
import { amountOf, boundRefusal, withBound, withLock } from './guard.ts'
import type { HeadFields, NamedAddress, NamedBound } from './head-fields.ts'
import type { RuleCursor } from './merge-rules.ts'
import { suggestAddress } from './suggest-address.ts'

interface Declaration {
  /** What the layers above guard already. */
  readonly upper: Guard | null
  readonly fields: HeadFields
  /** The content with this layer merged. */
  readonly body: JsonObject
  readonly rules: RuleCursor
  readonly kind: DocumentKind | undefined
  readonly scope: Scope
}

/** Adds what a layer locks and bounds to what is guarded above it. Paths that lead nowhere and bounds that loosen are problems. */
export function declareGuards(declaration: Declaration): {
  readonly guard: Guard | null
  readonly problems: readonly Problem[]
} {
  const { upper, fields, scope } = declaration
  const problems: Problem[] = []
  let guard = upper
  for (const named of fields.locked) {
    const unknown = unknownPath(declaration, named)
    if (unknown === null) guard = withLock(guard, named.address, scope)
    else problems.push(unknown)
  }
  for (const named of fields.bounded) {
    const wrong = boundProblem(declaration, named)
    if (wrong === null) guard = withBound(guard, named.address, { ...named, scope })
    else problems.push(wrong)
  }
  return { guard, problems }
}

function boundProblem(declaration: Declaration, named: NamedBound): Problem | null {
  const unknown = unknownPath(declaration, named)
  if (unknown !== null) return { ...unknown, key: true }
  const { body, rules, scope, upper } = declaration
  const { address, path, max, min } = named
  const value = valueAt(body, address, rules)
  if (value !== undefined && amountOf(value) === null) {
    return {
      code: 'NX-CONFIG-WRONG-VALUE',
      message: `'${addressText(address)}' is neither a number nor a duration: it cannot be bounded`,
      fix: 'Use `locked`.',
      path,
      key: true,
    }
  }
  const own = value === undefined ? null : boundRefusal({ max, min, scope }, undefined, value)
  if (own !== null) {
    return { ...own, fix: 'Change the value, or the bound.', path }
  }
  return loosened(boundAt(upper, address), named)
}

/** A lower bound may only be tighter than the upper one. */
function loosened(upper: Bound | null, { max, min, path }: NamedBound): Problem | null {
  if (upper === null) return null
  const isLooser =
    (max !== null && upper.max !== null && (max.unit !== upper.max.unit || max.size > upper.max.size)) ||
    (min !== null && upper.min !== null && (min.unit !== upper.min.unit || min.size < upper.min.size))
  if (!isLooser) return null
  return {
    code: 'NX-CONFIG-UNBOUNDED',
    message: `${scopeName(upper.scope)} bounds this more tightly`,
    fix: 'A lower scope may only tighten a bound: remove it, or make it narrower.',
    path,
  }
}

function boundAt(guard: Guard | null, address: Address): Bound | null {
  let at = guard
  for (const part of address) at = at?.children.get(part) ?? null
  return at?.bound ?? null
}

/** A path that the document does not have is known all the same when its kind has such a field. */
function unknownPath({ body, rules, kind }: Declaration, { address, path }: NamedAddress): Problem | null {
  const lookup = lookUp(body, address, rules)
  if (lookup.state === 'found') return null
  const code = 'NX-CONFIG-UNKNOWN-PATH'
  const text = addressText(address, lookup.listed)
  if (lookup.isPlainList) {
    const fix = `Name the list as a whole: '${addressText(address.slice(0, lookup.at), lookup.listed)}'.`
    return { code, message: `'${text}' names an item of a list without ids`, fix, path }
  }
  const fields = kind === undefined ? [] : schemaFields(kind.schema, lookup.path)
  if (kind !== undefined && isSchemaPath(kind, lookup.path, address.slice(lookup.at))) return null
  const candidates = [...new Set([...lookup.candidates, ...fields])]
  const fix = suggestAddress(address, lookup, candidates) ?? 'Remove the path.'
  return { code, message: `There is nothing at '${text}'`, fix, path }
}

function isSchemaPath(kind: DocumentKind, parent: readonly (string | number)[], rest: Address): boolean {
  return rest.every((part, index) =>
    schemaFields(kind.schema, [...parent, ...rest.slice(0, index)]).includes(part),
  )
}
