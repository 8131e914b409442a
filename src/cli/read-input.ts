import { stat } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { NxError } from '../kernel/errors.ts'

/**
 * The content of a file, or of stdin for `-`. Throws NX-INPUT-FILE (io) when it cannot be read, NX-INPUT-SIZE (invalid) above
 * `bytesMax`, NX-INPUT-TERMINAL (usage) when stdin is a terminal that nobody is going to type into.
 */
export async function readInput(path: string, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of await inputStream(path)) {
    const part = Buffer.from(chunk as Uint8Array)
    bytes += part.length
    if (bytes > bytesMax) {
      throw new NxError('invalid', 'NX-INPUT-SIZE', `The input has more than ${bytesMax} bytes`, {
        where: { file: path },
        fix: 'Split it.',
      })
    }
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}

/** A file, or stdin for `-`, to be read. Throws NX-INPUT-FILE (io) and NX-INPUT-TERMINAL (usage) as readInput does. */
export async function inputStream(path: string): Promise<AsyncIterable<unknown>> {
  if (path === '-' && process.stdin.isTTY === true) {
    throw new NxError('usage', 'NX-INPUT-TERMINAL', 'Nothing is piped into this command', {
      fix: 'Pipe the content in, or name a file.',
    })
  }
  if (path === '-') return process.stdin
  await assertFile(path)
  return createReadStream(path)
}

async function assertFile(path: string): Promise<void> {
  const problem = await stat(path).then(
    (found) => (found.isDirectory() ? 'It is a folder.' : null),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'It does not exist.' : error.message),
  )
  if (problem !== null) {
    throw new NxError('io', 'NX-INPUT-FILE', 'The file cannot be read', {
      detail: problem,
      where: { file: path },
      fix: 'Check the path.',
    })
  }
}
