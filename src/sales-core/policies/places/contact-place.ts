import type { JsonObject } from '../../../kernel/json.ts'
import { countryFields, phoneFields } from '../../time/contact-zone.ts'
import { usAreaCodes, usStates } from './us-states.ts'

/** Where in the United States a contact may be. */
export interface UsPlace {
  /** Postal codes that its address and its number name: none, one, or two that disagree. */
  readonly states: readonly string[]
}

const stateFields = ['state', 'region', 'province'] as const
const unitedStates = new Set(['us', 'usa', 'u.s.', 'u.s.a.', 'united states', 'united states of america'])
const byName = new Map(Object.entries(usStates).map(([code, [name]]) => [name, code]))
const byAreaCode = new Map(
  Object.entries(usAreaCodes).flatMap(([state, codes]) =>
    codes.split(' ').map((code) => [code, state] as const),
  ),
)

/**
 * Is the contact in the United States, as far as its fields tell, and where? null: it is elsewhere. A contact of whom nothing is
 * known may be there; a number beginning with +1 may be Canadian and is taken for theirs unless the country says otherwise.
 */
export function usPlace(fields: JsonObject): UsPlace | null {
  const country = textIn(fields, countryFields).toLowerCase()
  if (country !== '' && !unitedStates.has(country)) return null
  const phone = textIn(fields, phoneFields)
  const digits = phone.replaceAll(/\D/g, '')
  const foreign = phone.startsWith('+') && !digits.startsWith('1')
  if (country === '' && foreign) return null
  const area = digits.startsWith('1') ? digits.slice(1, 4) : digits.length === 10 ? digits.slice(0, 3) : ''
  const states = [stateOf(textIn(fields, stateFields)), foreign ? undefined : byAreaCode.get(area)]
  return { states: [...new Set(states.filter((state) => state !== undefined))] }
}

function stateOf(text: string): string | undefined {
  const code = text.toUpperCase()
  return Object.hasOwn(usStates, code) ? code : byName.get(text.toLowerCase())
}

function textIn(fields: JsonObject, names: readonly string[]): string {
  for (const name of names) {
    const value = fields[name]
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return ''
}
