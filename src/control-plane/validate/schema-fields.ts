import type * as core from 'zod/v4/core'
import type { z } from 'zod'
import type { DocumentPath } from '../documents/document.ts'
import { notSupportedYetCode } from '../documents/document-kind.ts'

/**
 * The names of the fields that a schema knows at `path`, in alphabetical order: what a misspelt one may have meant. Of a union it is
 * the fields of all its members. Fields announced but not built are left out.
 */
export function schemaFields(schema: z.ZodType, path: DocumentPath): readonly string[] {
  let level: readonly core.$ZodType[] = unwrap(schema)
  for (const part of path) level = level.flatMap((at) => below(at, part)).flatMap((inner) => unwrap(inner))
  const names = level.flatMap((at) => {
    const def = defOf(at)
    return def.type === 'object' ? Object.keys(def.shape).filter((name) => isBuilt(def.shape[name])) : []
  })
  return [...new Set(names)].sort()
}

/** The schemas that may stand where this one stands: wrappers taken off, unions spread out. */
function unwrap(schema: core.$ZodType): readonly core.$ZodType[] {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return unwrap(def.innerType)
    case 'pipe':
      return unwrap(def.in)
    case 'lazy':
      return unwrap(def.getter())
    case 'union':
      return def.options.flatMap((option) => unwrap(option))
    case 'intersection':
      return [...unwrap(def.left), ...unwrap(def.right)]
    default:
      return [schema]
  }
}

function below(schema: core.$ZodType, part: string | number): readonly core.$ZodType[] {
  const def = defOf(schema)
  switch (def.type) {
    case 'object': {
      const field = Object.hasOwn(def.shape, part) ? def.shape[part as string] : undefined
      return [field ?? def.catchall].filter((found) => found !== undefined)
    }
    case 'array':
      return [def.element]
    case 'tuple':
      return [def.items[Number(part)] ?? def.rest].filter((found) => found != null)
    case 'record':
      return [def.valueType]
    default:
      return []
  }
}

function isBuilt(field: core.$ZodType | undefined): boolean {
  if (field === undefined) return false
  const inner = unwrap(field)[0]
  if (inner === undefined || defOf(inner).type !== 'custom') return true
  const probe = (inner as z.ZodType).safeParse('probe')
  return probe.success || !probe.error.issues.some((issue) => isNotYet(issue))
}

/** Is this zod issue the mark of a field that is announced and not built? */
export function isNotYet(issue: { readonly code: string; readonly params?: unknown }): boolean {
  const { params } = issue
  return (
    issue.code === 'custom' &&
    typeof params === 'object' &&
    params !== null &&
    'code' in params &&
    params.code === notSupportedYetCode
  )
}

function defOf(schema: core.$ZodType): core.$ZodTypes['_zod']['def'] {
  return (schema as core.$ZodTypes)._zod.def
}
