/** Takes secrets out of what came back, before anything is written or logged. */
export type Redact = (text: string) => string

const mask = '[secret]'

/**
 * A redaction for these secrets: each as it is, as base64 and as form encoding writes it, and whatever follows `Bearer` or
 * `Basic`. Very short secrets are masked too: better a mangled answer than a leaked one.
 */
export function redactSecrets(secrets: readonly string[]): Redact {
  const forms = new Set(
    secrets
      .filter((secret) => secret !== '')
      .flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64'),
      ]),
  )
  const longestFirst = [...forms].sort((a, b) => b.length - a.length)
  return (text) => {
    let clean = text
    for (const form of longestFirst) clean = clean.replaceAll(form, mask)
    return clean.replaceAll(/\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi, `$1 ${mask}`)
  }
}
