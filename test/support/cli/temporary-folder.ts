import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own for as long as it is in scope. */
export async function temporaryFolder(): Promise<{
  readonly path: string
  [Symbol.asyncDispose](): Promise<void>
}> {
  const path = await mkdtemp(join(tmpdir(), 'nx-cli-'))
  return { path, [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }) }
}
