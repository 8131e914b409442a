import type { OutgoingAnswer } from '../http/exchange.ts'
import { percentEncode } from './auth/oauth1.ts'

/** Takes secrets out of what came back, before anything is written or logged. */
export type Redact = (text: string) => string

/** The answer without secrets, in its headers too. */
export function redacted(answer: OutgoingAnswer, redact: Redact): OutgoingAnswer {
  if (answer.state !== 'answered') return { ...answer, message: redact(answer.message) }
  return { ...answer, headers: redactedHeaders(answer.headers, redact), body: redact(answer.body) }
}

/** The headers without secrets. */
export function redactedHeaders(
  headers: Readonly<Record<string, string>>,
  redact: Redact,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, redact(value)]))
}

const mask = '[secret]'

/**
 * A redaction for these secrets: each as it is, as base64, as addresses and forms write it, and whatever follows `Bearer` or
 * `Basic`. Very short secrets are masked too: better a mangled answer than a leaked one. `more`: forms of other secrets.
 */
export function redactSecrets(secrets: readonly string[], more: () => readonly string[] = () => []): Redact {
  // Most answers of a day are never shown.
  let known: readonly string[] | null = null
  return (text) => {
    if (text === '') return text
    known ??= longestFirst([...more(), ...formsOf(secrets)])
    let clean = text
    for (const form of known) clean = clean.replaceAll(form, mask)
    return clean.replaceAll(/\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi, `$1 ${mask}`)
  }
}

interface KeptForms {
  readonly secrets: readonly string[]
  readonly forms: readonly string[]
}

const kept = new WeakMap<object, KeptForms>()

/** The forms of secrets that stay what they are from call to call: made anew only when their owner has others. */
export function keptForms(owner: object, secrets: readonly string[]): readonly string[] {
  const held = kept.get(owner)
  const same =
    held?.secrets.length === secrets.length && secrets.every((secret, at) => secret === held.secrets[at])
  if (held !== undefined && same) return held.forms
  const forms = formsOf(secrets)
  kept.set(owner, { secrets, forms })
  return forms
}

function longestFirst(forms: readonly string[]): readonly string[] {
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

function formsOf(secrets: readonly string[]): readonly string[] {
  return [...new Set(secrets)]
    .filter((secret) => secret !== '')
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      ...percentForms(secret),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ])
}

/** As URLs, forms and OAuth 1 (RFC 3986) write it: they differ in which characters they leave. */
function percentForms(secret: string): readonly string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  return [encodeURIComponent(secret), percentEncode(secret), encodeURI(secret), form]
}
