import { NxError } from '../../../kernel/errors.ts'
import { misfit } from '../templates/misfit.ts'

type Headers = Readonly<Record<string, string>>

/** Throws NX-CONNECTOR-INPUT (invalid) when a value could end its header and begin another. */
export function requireCleanHeaders(headers: Headers): void {
  const name = uncleanHeader(headers)
  if (name === undefined) return
  throw misfit(`The header ${name} would hold characters that headers may not.`)
}

/** The same for headers that credentials made. Throws NX-AUTH-SECRET (configuration): it fails for every command. */
export function requireCleanSecrets(headers: Headers): void {
  const name = uncleanHeader(headers)
  if (name === undefined) return
  throw new NxError('configuration', 'NX-AUTH-SECRET', 'The secret cannot stand in a header', {
    detail: `The header ${name} would hold characters that headers may not: a line break, or a quote that a text program made.`,
    fix: 'Copy it anew from the vendor, and store it with: neuronx secret set',
  })
}

function uncleanHeader(headers: Headers): string | undefined {
  // U+0085 too: to some readers of headers it ends a line.
  // eslint-disable-next-line no-control-regex -- control characters are exactly what must not get into a header
  const unclean = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]|[^\u0000-\u00ff]/
  return Object.keys(headers).find((name) => unclean.test(headers[name] ?? ''))
}
