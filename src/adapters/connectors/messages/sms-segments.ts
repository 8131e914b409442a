/** What a text is as SMS. Each segment is a message that is paid for. */
export interface SmsSegments {
  readonly encoding: 'GSM-7' | 'UCS-2'
  readonly segments: number
  /** Of the segments: GSM-7 septets, or UCS-2 units of 16 bits. */
  readonly units: number
  /** Characters that the GSM alphabet does not have, each once: because of them the text is UCS-2. */
  readonly because: readonly string[]
}

// 3GPP TS 23.038, 6.2.1 and 6.2.1.1; an extended character takes two septets.
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const extended = new Set('\f^{}\\[~]|€')

/** Room of a text of one segment, and of each of several: these carry a header. */
const room = { 'GSM-7': { one: 160, many: 153 }, 'UCS-2': { one: 70, many: 67 } } as const

/** How a text goes as SMS. No character is cut in two by the end of a segment. Pure. */
export function smsSegments(text: string): SmsSegments {
  const characters = [...text]
  const because = [...new Set(characters.filter((one) => !basic.has(one) && !extended.has(one)))]
  const encoding = because.length === 0 ? 'GSM-7' : 'UCS-2'
  const sizes = characters.map((one) => (encoding === 'UCS-2' ? one.length : extended.has(one) ? 2 : 1))
  const units = sizes.reduce((sum, size) => sum + size, 0)
  const { one, many } = room[encoding]
  if (units <= one) return { encoding, segments: units === 0 ? 0 : 1, units, because }
  let segments = 1
  let used = 0
  for (const size of sizes) {
    if (used + size > many) {
      segments += 1
      used = 0
    }
    used += size
  }
  return { encoding, segments, units, because }
}
