// C0 and C1 controls, and the marks that turn the direction of text around: data must not be able to steer the terminal.
// eslint-disable-next-line no-control-regex -- these are the characters that this file is about
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from outside, safe to print: control characters become `·`; tabs and line breaks stay. */
export function plainText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(steering, '·')
}

/** The same on one line: breaks become `⏎`, tabs become spaces. */
export function plainLine(text: string): string {
  return plainText(text).replaceAll('\n', '⏎').replaceAll('\t', ' ')
}

// Bounded parts: an unbounded scheme costs the square of a long text's length.
const passwordInUrl = /([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s/@:]{0,256}):([^\s/@]{1,1024})@/gi

/** Takes passwords out of any URL inside a text: `postgres://user:secret@host` prints as `postgres://user:***@host`. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(passwordInUrl, '$1$2:***@')
}
