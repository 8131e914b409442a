import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gitSource, withoutCredentials } from '../../../src/control-plane/revisions/git-source.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

function git(directory: string, ...words: string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false']
  return execFileSync('git', ['-C', directory, ...identity, ...words], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
}

describe('gitSource', () => {
  it('knows nothing outside a repository', async () => {
    await using directory = await temporaryDirectory()
    expect(await gitSource(directory.path)).to.deep.equal({
      directory: directory.path,
      repository: null,
      commit: null,
      author: null,
    })
  })

  it('names the commit, its author and the repository without credentials', async () => {
    await using directory = await temporaryDirectory({ 'config/a.yaml': 'a: 1\n' })
    git(directory.path, 'init', '--quiet')
    git(directory.path, 'remote', 'add', 'origin', 'https://ada:hunter2@git.example.com/fleet.git')
    expect((await gitSource(directory.path)).commit).to.equal(null)
    git(directory.path, 'add', '.')
    git(directory.path, 'commit', '--quiet', '--message', 'first')
    const source = await gitSource(join(directory.path, 'config'))
    expect(source).to.deep.equal({
      directory: join(directory.path, 'config'),
      repository: 'https://git.example.com/fleet.git',
      commit: git(directory.path, 'rev-parse', 'HEAD'),
      author: 'Ada <ada@example.com>',
    })
  })

  it('says when the files differ from the commit, inside the directory only', async () => {
    await using directory = await temporaryDirectory({ 'config/a.yaml': 'a: 1\n', 'other.txt': 'x' })
    git(directory.path, 'init', '--quiet')
    git(directory.path, 'add', '.')
    git(directory.path, 'commit', '--quiet', '--message', 'first')
    const commit = git(directory.path, 'rev-parse', 'HEAD')
    await writeFile(join(directory.path, 'other.txt'), 'y')
    expect((await gitSource(join(directory.path, 'config'))).commit).to.equal(commit)
    await writeFile(join(directory.path, 'config/new.yaml'), 'b: 1\n')
    expect((await gitSource(join(directory.path, 'config'))).commit).to.equal(`${commit}-dirty`)
  })
})

describe('withoutCredentials', () => {
  for (const [url, expected] of [
    ['https://token@host/a.git', 'https://host/a.git'],
    ['ssh://git@host:22/a.git', 'ssh://host:22/a.git'],
    ['git@host:a/b.git', 'git@host:a/b.git'],
    ['https://host/a@b.git', 'https://host/a@b.git'],
  ] as const) {
    it(`makes ${expected} of ${url.replace('token', '…')}`, () => {
      expect(withoutCredentials(url)).to.equal(expected)
    })
  }
})
