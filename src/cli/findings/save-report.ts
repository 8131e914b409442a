import { rename, rm, writeFile } from 'node:fs/promises'
import { errorText, NxError } from '../../kernel/errors.ts'

/** Writes a report to a file, whole or not at all; one that is there already is replaced. Throws NX-OUTPUT-FILE (io). */
export async function saveReport(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  try {
    await writeFile(draft, text === '' ? '' : `${text}\n`)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw new NxError('io', 'NX-OUTPUT-FILE', 'The file cannot be written', {
      detail: errorText(error),
      where: { file: path },
      fix: 'Name a file in a folder that exists and may be written to.',
      cause: error,
    })
  }
}
