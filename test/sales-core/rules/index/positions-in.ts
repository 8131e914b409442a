import type { Sieve } from '../../../../src/sales-core/rules/index/columns/sieve.ts'

/** The candidates that are left in a sieve, ascending. */
export function positionsIn({ bits, list, count }: Sieve): readonly number[] {
  return [...list.subarray(0, count)].flatMap((word) =>
    Array.from({ length: 32 }, (_, bit) => (word << 5) + bit).filter(
      (at) => bits === null || ((bits[word] ?? 0) >>> (at & 31)) & 1,
    ),
  )
}
