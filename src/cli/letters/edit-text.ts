import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEnvironment } from '../../app/config/process-environment.ts'
import { NxError } from '../../kernel/errors.ts'

/**
 * Lets a person change a text in their editor ($VISUAL, $EDITOR, else vi): in a file that only they can read, which is removed
 * afterwards. Throws NX-EDITOR (io) when the editor cannot be started or fails: then nothing counts as changed.
 */
export async function editText(text: string, name: string): Promise<string> {
  const environment = processEnvironment()
  const editor = environment['VISUAL'] || environment['EDITOR'] || 'vi'
  const folder = await mkdtemp(join(tmpdir(), 'neuronx-edit-'))
  try {
    const file = join(folder, name)
    await writeFile(file, text, { mode: 0o600 })
    await runEditor(editor, file)
    return await readFile(file, 'utf8')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runEditor(editor: string, file: string): Promise<void> {
  // $EDITOR is a command line by custom (`code --wait`), so a shell reads it; the file is an argument of its own.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, editor, file], { stdio: 'inherit' })
  const ended = await new Promise<string | null>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code === 0 ? null : `It ended with ${code ?? signal}.`))
  })
  if (ended === null) return
  throw new NxError('io', 'NX-EDITOR', `The editor '${editor}' did not do its work`, {
    detail: ended,
    fix: 'Set EDITOR to one that is installed, or use --patch or --set.',
  })
}
