import { sha256Hex } from '../../../../kernel/digest.ts'
import type { VariableTypes } from '../../../conditions/condition-compiler.ts'
import type { FieldType } from '../../../types/field-type.ts'
import { jsonType } from '../../../types/field-type.ts'

const known = new WeakMap<FieldType, string>()
const knownVariables = new WeakMap<VariableTypes, string>()

/** The same for the same declared types, whichever objects hold them: a condition of the same text then means the same. */
export function typesKey(variables: VariableTypes): string {
  const before = knownVariables.get(variables)
  if (before !== undefined) return before
  const names = [...variables.keys()].sort()
  const key = sha256Hex(JSON.stringify(names.map((name) => [name, typeKey(variables.get(name) ?? jsonType)])))
  knownVariables.set(variables, key)
  return key
}

/** The same for types that are declared alike. */
export function typeKey(type: FieldType): string {
  const before = known.get(type)
  if (before !== undefined) return before
  const key = sha256Hex(JSON.stringify(plain(type))).slice(0, 24)
  known.set(type, key)
  return key
}

/** Everything that tells types apart, as plain data. */
function plain(type: FieldType): unknown {
  const { kind, nullable, defaultValue } = type
  const inner =
    type.kind === 'struct'
      ? [...type.fields].map(([name, field]) => [name, plain(field)])
      : 'of' in type
        ? plain(type.of)
        : null
  return [kind, nullable, defaultValue ?? null, defaultValue === undefined, inner]
}
