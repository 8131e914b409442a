import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A directory with these files (path -> content) that is removed when it goes out of scope. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string
  write(files: Readonly<Record<string, string | Buffer>>): Promise<void>
}

export async function temporaryDirectory(
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'nx-config-'))
  const write = async (more: Readonly<Record<string, string | Buffer>>): Promise<void> => {
    for (const [name, content] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), content)
    }
  }
  await write(files)
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
