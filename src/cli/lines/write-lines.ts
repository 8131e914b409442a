import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { NxError, errorText } from '../../kernel/errors.ts'

/** Writes lines to stdout as fast as its reader takes them; returns how many. Never holds more than a buffer of them. */
export async function printLines(lines: AsyncIterable<string>): Promise<number> {
  return writeTo(process.stdout, lines)
}

/**
 * Writes lines to a new file that only its owner can read; returns how many. A file that could not be written to the end is
 * removed. Throws NX-OUTPUT-FILE (io) when it exists already or cannot be written.
 */
export async function saveLines(lines: AsyncIterable<string>, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new NxError('io', 'NX-OUTPUT-FILE', 'The file cannot be written', {
      detail: error.code === 'EEXIST' ? 'It exists already.' : errorText(error),
      where: { file: path },
      fix: 'Name a file that does not exist, in a folder that does.',
    })
  })
  const stream = file.createWriteStream()
  try {
    const count = await writeTo(stream, lines)
    stream.end()
    await once(stream, 'close')
    return count
  } catch (error) {
    // The handle would otherwise stay open until it is collected.
    if (!stream.closed) {
      const closed = once(stream, 'close')
      stream.destroy()
      await closed
    }
    await rm(path, { force: true })
    throw error
  }
}

async function writeTo(stream: Writable, lines: AsyncIterable<string>): Promise<number> {
  let count = 0
  for await (const line of lines) {
    count += 1
    if (!stream.write(`${line}\n`)) await once(stream, 'drain')
  }
  return count
}
