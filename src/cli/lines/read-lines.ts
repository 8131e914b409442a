import { NxError } from '../../kernel/errors.ts'
import { inputStream } from '../read-input.ts'

/**
 * The lines of a file, or of stdin for `-`, one after the other, empty ones included. Throws what readInput throws, and
 * NX-INPUT-SIZE (invalid) with the line that has more than `lineBytesMax`.
 */
export async function* readLines(path: string, lineBytesMax: number): AsyncIterable<string> {
  let rest = Buffer.alloc(0)
  let line = 1
  for await (const chunk of await inputStream(path)) {
    rest = Buffer.concat([rest, Buffer.from(chunk as Uint8Array)])
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      const text = within(rest.subarray(0, end), line, path, lineBytesMax)
      rest = rest.subarray(end + 1)
      line += 1
      yield text
    }
    within(rest, line, path, lineBytesMax, false)
  }
  if (rest.length > 0) yield within(rest, line, path, lineBytesMax)
}

function within(bytes: Buffer, line: number, file: string, max: number, decode = true): string {
  if (bytes.length <= max) return decode ? bytes.toString('utf8').replace(/\r$/, '') : ''
  throw new NxError('invalid', 'NX-INPUT-SIZE', `The line has more than ${max} bytes`, {
    where: { file, line },
    fix: 'One letter is one line of JSON.',
  })
}
