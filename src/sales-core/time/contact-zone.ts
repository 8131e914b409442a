import type { JsonObject } from '../../kernel/json.ts'
import { isTimeZone } from '../types/time-zone.ts'
import { callingCodes } from './calling-codes.ts'
import { zoneOffset } from './zone-offsets.ts'

/** What a contact's zone was read from. */
export type ZoneSource = 'tz' | 'country' | 'phone'

const zoneFields = ['tz', 'timezone', 'time_zone'] as const
/** Fields that a contact's country and numbers are read from, the first that says anything. */
export const countryFields = ['country', 'country_code'] as const
export const phoneFields = ['phone', 'mobile'] as const
const seasons = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)]
/** Zones of countries that have one, by ISO code; null: none, or several. China has one by law. */
const byCountry = new Map<string, string | null>()

/**
 * The zone that a contact lives in, as far as its fields tell: `tz` (IANA), else `country` (ISO 3166 alpha-2) or `phone` (E.164)
 * of a country that has one zone. null: not known; what counts then is for whoever asked to say, never UTC by itself.
 */
export function contactZone(
  fields: JsonObject,
): { readonly zone: string; readonly source: ZoneSource } | null {
  for (const name of zoneFields) {
    const value = fields[name]
    if (typeof value === 'string' && value !== '' && isTimeZone(value)) return { zone: value, source: 'tz' }
  }
  for (const name of countryFields) {
    const value = fields[name]
    if (typeof value !== 'string' || value === '') continue
    const zone = zoneOfCountry(value)
    // A country with several zones is known all the same: its number's code says no more.
    return zone === null ? null : { zone, source: 'country' }
  }
  for (const name of phoneFields) {
    const value = fields[name]
    const country = typeof value === 'string' ? countryOfPhone(value) : null
    const zone = country === null ? null : zoneOfCountry(country)
    if (zone !== null) return { zone, source: 'phone' }
  }
  return null
}

function zoneOfCountry(code: string): string | null {
  if (!/^[A-Za-z]{2}$/.test(code)) return null
  const country = code.toUpperCase()
  const known = byCountry.get(country)
  if (known !== undefined) return known
  const zone = country === 'CN' ? 'Asia/Shanghai' : commonZone(zonesOf(new Intl.Locale(`und-${country}`)))
  byCountry.set(country, zone)
  return zone
}

/** The first of a country's zones when all of them show the same time, summer and winter: Germany has two by name. */
function commonZone(zones: readonly string[]): string | null {
  const [first, ...others] = zones
  if (first === undefined) return null
  const same = (zone: string) => seasons.every((ms) => zoneOffset(zone, ms) === zoneOffset(first, ms))
  return others.every(same) ? first : null
}

/** Runtimes before Node 23 know them under the older name. */
function zonesOf(
  locale: Intl.Locale & { getTimeZones?(): string[]; timeZones?: string[] },
): readonly string[] {
  return locale.getTimeZones?.() ?? locale.timeZones ?? []
}

/** The country of a number that begins with `+` and a code that one country has alone. */
function countryOfPhone(phone: string): string | null {
  const digits = /^\+\d/.test(phone.trim()) ? phone.replaceAll(/\D/g, '') : ''
  for (let length = 3; length >= 1; length -= 1) {
    const country = callingCodes.get(digits.slice(0, length))
    if (country !== undefined && digits.length > length) return country
  }
  return null
}
