import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import type { Bindings } from '../../../../src/sales-core/conditions/dynamic/evaluate-dynamic.ts'
import { mapKeyOf } from '../../../../src/sales-core/conditions/cel/compare-ops.ts'
import { celSpan, strictTimestamp } from '../../../../src/sales-core/conditions/values/time-text.ts'
import {
  Bytes,
  isList,
  KeyedMap,
  Span,
  Timestamp,
  TypeName,
  Uint,
} from '../../../../src/sales-core/conditions/values/value.ts'
import type { Value } from '../../../../src/sales-core/conditions/values/value.ts'

/** A test of the language's conformance suite. `expected` is null where the evaluation has to fail. */
export interface CoreTest {
  /** `file/section/name` */
  readonly id: string
  readonly expr: string
  readonly container: string
  readonly bindings: Bindings
  readonly expected: { readonly value: Value } | null
}

type Json = { readonly [key: string]: unknown }

/** Files about extensions, static types alone, and protobuf: not part of the core. */
const otherFiles =
  /_ext$|^(proto2|proto3|enums|wrappers|dynamic|unknowns|optionals|macros2|type_deductions?)$/
/** Messages, enums and wrappers: the language here knows JSON's values and times only. */
const protobuf =
  /TestAllTypes|NestedEnum|GlobalEnum|proto[23]|google\.protobuf\.(?!Timestamp|Duration)|type_?[eE]num/

interface Suite {
  readonly name: string
  readonly suites?: readonly Suite[]
  readonly tests?: ReadonlyArray<{ readonly original: Json }>
}

/** The core of the suite, in its order. */
export function coreTests(): readonly CoreTest[] {
  const files = (tests as unknown as Suite).suites ?? []
  return files.filter(({ name }) => !otherFiles.test(name)).flatMap((file) => testsOf(file, file.name))
}

function testsOf(suite: Suite, path: string): readonly CoreTest[] {
  const own = (suite.tests ?? [])
    .map(({ original }) => original)
    .filter((original) => !protobuf.test(JSON.stringify(original)))
    .map((original) => ({
      id: `${path}/${String(original['name'])}`,
      expr: String(original['expr']),
      container: String(original['container'] ?? ''),
      bindings: Object.fromEntries(
        Object.entries((original['bindings'] ?? {}) as Record<string, { readonly value: Json }>).map(
          ([name, { value }]) => [name, valueOf(value)],
        ),
      ),
      expected:
        original['value'] === undefined
          ? original['evalError'] === undefined
            ? { value: true }
            : null
          : { value: valueOf(original['value'] as Json) },
    }))
  return [...own, ...(suite.suites ?? []).flatMap((inner) => testsOf(inner, `${path}/${inner.name}`))]
}

function valueOf(json: Json): Value {
  const [kind = '', raw] = Object.entries(json)[0] ?? []
  switch (kind) {
    case 'int64Value':
      return BigInt(raw as string)
    case 'uint64Value':
      return new Uint(BigInt(raw as string))
    case 'doubleValue':
      return Number(raw)
    case 'stringValue':
    case 'boolValue':
      return raw as Value
    case 'nullValue':
      return null
    case 'bytesValue':
      return new Bytes(Buffer.from(raw as string, 'base64'))
    case 'typeValue':
      return new TypeName(raw as string)
    case 'listValue':
      return ((raw as Json)['values'] as Json[] | undefined)?.map(valueOf) ?? []
    case 'mapValue': {
      const entries = ((raw as Json)['entries'] ?? []) as ReadonlyArray<{ key: Json; value: Json }>
      return new KeyedMap(
        new Map(
          entries.map((entry) => {
            const key = valueOf(entry.key)
            return [mapKeyOf(key) ?? '', { key, value: valueOf(entry.value) }] as const
          }),
        ),
      )
    }
    case 'objectValue': {
      const text = String((raw as Json)['value'])
      return String((raw as Json)['@type']).endsWith('Duration') ? celSpan(text) : strictTimestamp(text)
    }
    default:
      throw new Error(`The suite holds a value of another kind: ${kind}`)
  }
}

/** A value written out with its type: two values are the same when their texts are. */
export function typedText(value: Value): string {
  if (typeof value === 'number') return `double ${Object.is(value, -0) ? 0 : value}`
  if (typeof value === 'bigint') return `int ${value}`
  if (value instanceof Uint) return `uint ${value.value}`
  if (value instanceof Bytes) return `bytes ${Buffer.from(value.bytes).toString('hex')}`
  if (value instanceof TypeName) return `type ${value.name}`
  if (value instanceof Timestamp) return `timestamp ${value.ms} ${value.ns}`
  if (value instanceof Span) return `duration ${value.ms} ${value.ns}`
  if (value instanceof KeyedMap)
    return `{${[...value.entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, entry]) => `${typedText(entry.key)}: ${typedText(entry.value)}`)
      .join(', ')}}`
  return isList(value) ? `[${value.map(typedText).join(', ')}]` : JSON.stringify(value)
}
