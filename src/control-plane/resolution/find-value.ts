import { NxError } from '../../kernel/errors.ts'
import type { JsonValue } from '../../kernel/json.ts'
import { nearestName } from '../../kernel/nearest-name.ts'
import type { DocumentPath } from '../documents/document.ts'
import { lookUp, parseAddress } from './merge/address.ts'
import type { AddressLookup } from './merge/address.ts'
import { suggestAddress } from './merge/suggest-address.ts'
import type { LayerEntry } from './layer.ts'
import type { ResolvedDocument } from './resolved-document.ts'

/** What `Kind/name.field.path` leads to. */
export interface FoundValue {
  readonly document: ResolvedDocument
  readonly path: DocumentPath
  /** Undefined: a lower scope has unset what stood there; `history` says which. */
  readonly value: JsonValue | undefined
  readonly history: readonly LayerEntry[]
}

/**
 * Finds a document, or a value in it, among those that a scope is under: `Workflow/speed-to-lead`,
 * `RuleSet/inbound.rules[hot-lead].when`. Throws NX-CONFIG-PATH (usage) for a text of another form, NX-CONFIG-PATH-NOT-FOUND
 * (not_found) with what may have been meant.
 */
export function findValue(documents: readonly ResolvedDocument[], text: string): FoundValue {
  const slash = text.indexOf('/')
  if (slash < 1 || slash === text.length - 1) throw wrongForm(text)
  const [kind, rest] = [text.slice(0, slash), text.slice(slash + 1)]
  const ofKind = documents.filter((document) => document.kind === kind)
  if (ofKind.length === 0) throw noKind(documents, kind)
  const document = namedAt(ofKind, rest)
  if (document === null) throw noName(ofKind, kind, rest)
  const field = rest.slice(document.name.length).replace(/^\./, '')
  if (field === '') return { document, path: [], value: document.body, history: document.history([]) }
  const address = parseAddress(field)
  if (address === null) throw wrongForm(text)
  const lookup = lookUp(document.body, address, document.rules, { indexes: true })
  if (lookup.state === 'found') {
    const { path, value } = lookup.found
    return { document, path, value, history: document.history(path) }
  }
  const path = [...lookup.path, ...address.slice(lookup.at)]
  const history = document.history(path)
  if (history.some(({ outcome }) => outcome === 'unset')) return { document, path, value: undefined, history }
  throw noField(document, address, lookup)
}

/** The document whose name begins the text; names may have dots, so the longest that fits. */
function namedAt(documents: readonly ResolvedDocument[], text: string): ResolvedDocument | null {
  const fitting = documents.filter(
    ({ name }) => text === name || text.startsWith(`${name}.`) || text.startsWith(`${name}[`),
  )
  return fitting.toSorted((a, b) => b.name.length - a.name.length)[0] ?? null
}

function wrongForm(text: string): NxError {
  return new NxError('usage', 'NX-CONFIG-PATH', `'${text}' does not name a document or a value in one`, {
    fix: 'Write KIND/NAME or KIND/NAME.FIELD, such as RuleSet/inbound.rules[hot-lead].when.',
  })
}

function noKind(documents: readonly ResolvedDocument[], kind: string): NxError {
  const kinds = [...new Set(documents.map((document) => document.kind))].sort()
  return notFound(
    `There is no document of kind '${kind}'`,
    kind,
    kinds,
    (meant) => `Did you mean '${meant}/…'?`,
  )
}

function noName(documents: readonly ResolvedDocument[], kind: string, rest: string): NxError {
  const names = documents.map(({ name }) => name).sort()
  const [wanted = rest] = [rest, rest.split('[')[0] ?? '', rest.split(/[.[]/)[0] ?? ''].filter(
    (candidate) => nearestName(candidate, names) !== null,
  )
  return notFound(
    `There is no ${kind} '${wanted}'`,
    wanted,
    names,
    (meant) => `Did you mean '${kind}/${meant}'?`,
  )
}

function noField(
  document: ResolvedDocument,
  address: readonly string[],
  lookup: Extract<AddressLookup, { state: 'missing' }>,
): NxError {
  const name = `${document.kind}/${document.name}`
  return new NxError(
    'not_found',
    'NX-CONFIG-PATH-NOT-FOUND',
    `${name} has nothing at '${address.join('.')}'`,
    {
      fix:
        suggestAddress(address, lookup, lookup.candidates) ?? `neuronx config get ${name} shows all of it.`,
    },
  )
}

const listedMax = 20

function notFound(
  title: string,
  wanted: string,
  names: readonly string[],
  suggest: (meant: string) => string,
): NxError {
  const meant = nearestName(wanted, names)
  const more = names.length > listedMax ? ` and ${names.length - listedMax} more` : ''
  const all =
    names.length === 0 ? 'There is none at all.' : `There is ${names.slice(0, listedMax).join(', ')}${more}.`
  return new NxError('not_found', 'NX-CONFIG-PATH-NOT-FOUND', title, {
    fix: meant === null ? all : suggest(meant),
  })
}
