import type { Value } from '../../../conditions/values/value.ts'
import type { Demand } from '../clauses/demand.ts'
import type { Postings } from './postings.ts'
import type { Sieve } from './sieve.ts'

/** A rule, by its position in the block, and what it asks of the column's term. */
export interface ColumnEntry {
  readonly position: number
  readonly demand: Demand
}

/** The rules of a block that ask one thing of one term. */
export interface Column {
  readonly all: Postings
  /** How many of them a value fulfils, about: columns that fulfil few are asked first. */
  readonly expected: number
  /**
   * Lets the rules through whose demand holds for the value. False: asking fails, or may fail, so that all of them are let
   * through.
   */
  addTo(sieve: Sieve, value: Value): boolean
}
