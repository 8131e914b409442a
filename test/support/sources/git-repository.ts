import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A repository of a test's own, with a working tree. */
export interface GitRepository extends AsyncDisposable {
  readonly path: string
  git(...words: readonly string[]): string
  /** Writes (null: removes) these files and commits; the commit. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>
}

export async function gitRepository(branch = 'main'): Promise<GitRepository> {
  const path = await mkdtemp(join(tmpdir(), 'nx-repository-'))
  const git = (...words: readonly string[]): string => runGit(path, words)
  git('init', '--quiet', `--initial-branch=${branch}`)
  return {
    path,
    git,
    commit: async (files, message = 'change') => {
      for (const [name, content] of Object.entries(files)) {
        const file = join(path, name)
        await mkdir(dirname(file), { recursive: true })
        if (content === null) await rm(file, { force: true, recursive: true })
        else await writeFile(file, content)
      }
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
      return git('rev-parse', 'HEAD')
    },
    [Symbol.asyncDispose]: async () => rm(path, { recursive: true, force: true }),
  }
}

function runGit(path: string, words: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', ['-C', path, ...identity, ...words], { encoding: 'utf8', stdio: 'pipe' }).trim()
}

export const fleet = 'apiVersion: neuronx/v1\nkind: Fleet\nname: test\n'

/** An entity type of the tenant acme, with these fields. */
export function leadType(fields: string): string {
  return `apiVersion: neuronx/v1\nkind: EntityType\nname: lead\nfields: { ${fields} }\n`
}

/** A whole configuration whose content differs by `fields`. */
export function configuration(fields: string): Readonly<Record<string, string>> {
  return {
    'neuronx.yaml': fleet,
    'tenants/acme/lead.yaml': leadType(fields),
  }
}
