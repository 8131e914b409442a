/** What steers a terminal, ends a line of a log, or turns the direction of text around. */
const steering = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text with words of a stranger in it, that the database, logs and terminals can hold: what would steer them is not carried out. `written`:
 * what stands in the place of such a sign.
 */
export function printable(text: string, written: (sign: string) => string = () => '\uFFFD'): string {
  return text.toWellFormed().replaceAll(steering, written)
}
