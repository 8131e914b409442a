import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { NxError } from '../../kernel/errors.ts'

const charsMax = 16_384

/** One line of stdin, piped or typed; what is typed is not shown. Throws NX-INPUT-EMPTY (usage), NX-INPUT-SIZE (invalid). */
export async function readHiddenLine(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = process.stdin.isTTY === true
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal })
  // In raw mode Ctrl-C is a key; hand it on as the signal it stands for.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue
      if (line.length > charsMax)
        throw new NxError('invalid', 'NX-INPUT-SIZE', `The line has more than ${charsMax} characters`)
      return line
    }
  } finally {
    lines.close()
    process.stdin.unref?.()
  }
  throw new NxError('usage', 'NX-INPUT-EMPTY', 'Nothing was pasted', {
    fix: 'Paste the whole address that the browser ended at, and press Enter.',
  })
}
