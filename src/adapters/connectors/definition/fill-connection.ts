import { NxError } from '../../../kernel/errors.ts'
import type { JsonObject } from '../../../kernel/json.ts'
import { isBaseUrl } from './schema-parts.ts'

const placeholder = /\{\{\s*connection\.([A-Za-z][A-Za-z0-9_]*)\s*\}\}/g

/** The text with {{ connection.x }} replaced. Throws NX-CONNECTOR-CONNECTION (configuration) when a field is missing. */
export function fillConnection(text: string, connection: JsonObject): string {
  return text.replaceAll(placeholder, (_whole, name: string) => valueOf(connection, name))
}

/**
 * The base URL of a connection. A field that is only a part of it may hold nothing that would lead elsewhere: no slash, colon, @.
 * Throws NX-CONNECTOR-CONNECTION (configuration).
 */
export function fillBaseUrl(template: string, connection: JsonObject): string {
  const whole = template.replace(placeholder, '') === ''
  const filled = template.replaceAll(placeholder, (_whole, name: string) => {
    const value = valueOf(connection, name)
    if (whole || isHostPart(value)) return value
    throw misfit(`connection.${name} must be letters, digits, dashes and dots, to stand in an address.`)
  })
  // Only a connector that sends mail says smtp; a document cannot.
  if (template.startsWith('smtp:')) {
    if (!isBaseUrl(filled, ['smtp:'])) throw misfit(`${filled} is no address: a port is 1 to 65535.`)
  } else if (!isBaseUrl(filled))
    throw misfit('The address must be http or https, without user, query or fragment.')
  return filled
}

/** Can it be a part of a host without leading to another one? */
export function isHostPart(text: string): boolean {
  return /^[\w-]+(\.[\w-]+)*$/.test(text)
}

/** An address to try requests with: fields that only a token brings are not known yet. */
export function previewBaseUrl(template: string, connection: JsonObject): string {
  return knowsFields(template, connection) ? fillBaseUrl(template, connection) : 'https://account.invalid'
}

/** Does the connection say all that a text reads of it? */
export function knowsFields(text: string, connection: JsonObject): boolean {
  return connectionFieldsOf(text).every((name) => Object.hasOwn(connection, name))
}

/** The fields of the connection that a text reads. */
export function connectionFieldsOf(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name]) => name ?? '')
}

function valueOf(connection: JsonObject, name: string): string {
  const value = Object.hasOwn(connection, name) ? connection[name] : undefined
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number') return String(value)
  throw misfit(`connection.${name} is missing.`)
}

function misfit(detail: string): NxError {
  return new NxError(
    'configuration',
    'NX-CONNECTOR-CONNECTION',
    'The connection does not fit the connector',
    {
      detail,
      fix: 'Correct `connection:` of the Integration.',
    },
  )
}
