/** A URL for the eyes: its password, and a user that is a token (no password), become `***`. What is no URL becomes `***`. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '***'
  const parsed = new URL(url)
  if (parsed.password !== '') parsed.password = '***'
  else if (parsed.username !== '' && /^(nats|tls|wss?):$/.test(parsed.protocol)) parsed.username = '***'
  for (const name of [...parsed.searchParams.keys()]) {
    if (/pass|secret|token|key/i.test(name)) parsed.searchParams.set(name, '***')
  }
  return parsed.toString()
}
