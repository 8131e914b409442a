import type { OutgoingAnswer } from '../http/exchange.ts'
import { percentEncode } from './auth/oauth1.ts'

/** Takes secrets out of what came back, before anything is written or logged. */
export type Redact = (text: string) => string

/** The answer without secrets, in its headers too. */
export function redacted(answer: OutgoingAnswer, redact: Redact): OutgoingAnswer {
  if (answer.state !== 'answered') return { ...answer, message: redact(answer.message) }
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, redact(value)])
  return {
    ...answer,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: redact(answer.body),
  }
}

const mask = '[secret]'

/**
 * A redaction for these secrets: each as it is, as base64, as addresses and forms write it, and whatever follows `Bearer` or
 * `Basic`. Very short secrets are masked too: better a mangled answer than a leaked one.
 */
export function redactSecrets(secrets: readonly string[]): Redact {
  // Most answers of a day are never shown.
  let known: readonly string[] | null = null
  return (text) => {
    known ??= formsOf(secrets)
    let clean = text
    for (const form of known) clean = clean.replaceAll(form, mask)
    return clean.replaceAll(/\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi, `$1 ${mask}`)
  }
}

/** The longest first. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        ...percentForms(secret),
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('base64url'),
      ]),
  )
  return [...forms].sort((a, b) => b.length - a.length)
}

/** As URLs, forms and OAuth 1 (RFC 3986) write it: they differ in which characters they leave. */
function percentForms(secret: string): readonly string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  return [encodeURIComponent(secret), percentEncode(secret), encodeURI(secret), form]
}
