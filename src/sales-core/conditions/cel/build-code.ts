import type { FieldType } from '../../types/field-type.ts'
import { nullable } from '../../types/field-type.ts'
import { isOpen, nullableIf } from './cel-type.ts'
import type { CelType, Code } from './code.ts'
import { code } from './code.ts'
import type { CelFunction } from './functions.ts'
import { readerOf } from './read-value.ts'
import type { Value } from './value.ts'

// Here and not in the elaborator: a closure keeps alive what its function's closures capture, and a compiled condition must
// not hold the syntax tree it came from.

/** A function or method on its values; what is absent never reaches it. */
export function applied(
  { run, absent, result: declared }: CelFunction,
  first: Code,
  second: Code | null,
): Code {
  const result = declared.nullable ? nullableIf({ ...declared, nullable: false }, first.type) : declared
  return code(isOpen(first.type) ? nullable(result) : result, (frame) => {
    const value = first.run(frame)
    return value === null ? absent : run(frame, value, second === null ? null : second.run(frame))
  })
}

/** The element that a macro is at. */
export function localRead(type: FieldType, slot: number): Code {
  return code(type, (frame) => frame.locals[slot] as Value)
}

/** A variable, read as its declared type. */
export function variableRead(name: string, type: FieldType): Code {
  const read = readerOf(type, name)
  return code(type, (frame) => read(Object.hasOwn(frame.values, name) ? frame.values[name] : undefined), name)
}

/** A value that is always the same. */
export function constant(type: CelType, value: Value): Code {
  return code(type, () => value)
}

/** A list whose elements are computed. */
export function listOfCode(type: FieldType, items: readonly Code[]): Code {
  return code(type, (frame) => items.map((item) => item.run(frame)))
}

/** A map whose entries are computed. */
export function mapOfCode(
  type: FieldType,
  members: ReadonlyArray<{ readonly key: Code; readonly value: Code }>,
): Code {
  return code(type, (frame) =>
    Object.fromEntries(members.map(({ key, value }) => [String(key.run(frame)), value.run(frame)])),
  )
}
