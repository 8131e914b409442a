import type { FieldType } from '../types/field-type.ts'

/** The names that a condition may use, with their declared types. */
export type VariableTypes = ReadonlyMap<string, FieldType>

/**
 * The values of the variables, by name. Timestamps as RFC 3339 text or Date. Only own properties are ever read. Two names stand for
 * what functions need: `counts`, for count(): by `countKey`, how many such events there were (none: 0); and `businessHours`.
 */
export type VariableValues = Readonly<Record<string, unknown>>
