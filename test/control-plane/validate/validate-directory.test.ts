import { expect } from 'chai'
import { mkdir, symlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { NxError } from '../../../src/kernel/errors.ts'
import { scopeName } from '../../../src/control-plane/documents/document.ts'
import type { DocumentLimits } from '../../../src/control-plane/documents/document-limits.ts'
import { defaultDocumentLimits } from '../../../src/control-plane/documents/document-limits.ts'
import { isValid, validateDirectory } from '../../../src/control-plane/validate/validate-directory.ts'
import type { TemporaryDirectory } from '../temporary-directory.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { toyKinds } from '../toy-kinds.ts'

const fleet = 'apiVersion: neuronx/v1\nkind: Fleet\nname: toys\n'
const shelf = (name: string): string => `apiVersion: neuronx/v1\nkind: Shelf\nname: ${name}\nwidth: 10\n`
const valid = { 'neuronx.yaml': fleet, 'global/shelves.yaml': shelf('a') }

/** `file:line:column code` below the directory. */
async function found(
  directory: TemporaryDirectory,
  limits: DocumentLimits = defaultDocumentLimits,
): Promise<string[]> {
  const { findings } = await validateDirectory(directory.path, toyKinds, limits)
  return findings.map(
    ({ file, line, column, code }) => `${relative(directory.path, file)}:${line}:${column} ${code}`,
  )
}

async function failure(attempt: Promise<unknown>): Promise<NxError> {
  const error: unknown = await attempt.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof NxError) return error
  throw error
}

describe('validateDirectory', () => {
  it('reads both endings at every depth and sorts documents into their scopes', async () => {
    await using directory = await temporaryDirectory({
      ...valid,
      'global/deep/er/b.yml': shelf('b'),
      'tenants/acme/c.yaml': `${shelf('c')}---\n${shelf('d')}`,
      'tenants/acme/workspaces/eu/e.yaml': shelf('e'),
    })
    await mkdir(join(directory.path, 'tenants/empty/workspaces/none'), { recursive: true })
    const report = await validateDirectory(directory.path, toyKinds)
    expect(report.findings).to.deep.equal([])
    expect(isValid(report)).to.equal(true)
    const scopes = report.scopes.map(({ scope, documents }) => [
      scopeName(scope),
      ...documents.map(({ name }) => name),
    ])
    expect(scopes).to.deep.equal([
      ['global', 'toys', 'a', 'b'],
      ['tenants/acme', 'c', 'd'],
      ['tenants/acme/workspaces/eu', 'e'],
      ['tenants/empty'],
      ['tenants/empty/workspaces/none'],
    ])
    expect(report.files).to.have.length(5)
  })

  it('names files as the caller named the directory', async () => {
    await using directory = await temporaryDirectory({ ...valid, 'global/x.yaml': 'a: \t@\n' })
    const given = relative(process.cwd(), directory.path)
    const { findings } = await validateDirectory(given, toyKinds)
    expect(findings[0]?.file).to.equal(join(given, 'global/x.yaml'))
  })

  it('finds a document that lies beside the folders, where nothing would read it', async () => {
    await using directory = await temporaryDirectory({
      ...valid,
      'shelves.yaml': `# ours\n${shelf('b')}`,
      'bom.yml': `\uFEFF${shelf('c')}`,
      'k8s.yaml': 'apiVersion: v1\nkind: Service\n',
    })
    expect(await found(directory)).to.deep.equal([
      'bom.yml:1:1 NX-CONFIG-LAYOUT',
      'shelves.yaml:1:1 NX-CONFIG-LAYOUT',
    ])
  })

  it('reads a file whose ending is in capitals: a forgotten one would be dropped silently', async () => {
    await using directory = await temporaryDirectory({
      ...valid,
      'global/B.YAML': 'apiVersion: neuronx/v1\n',
    })
    expect(await found(directory)).to.deep.equal(['global/B.YAML:1:1 NX-CONFIG-UNKNOWN-KIND'])
  })

  it('says once what stands behind two aliases of one anchor', async () => {
    const text = `apiVersion: neuronx/v1\nkind: Book\nname: b\nmoves: [&move { id: a, lift: { height: high } }, *move, *move]\n`
    await using directory = await temporaryDirectory({ ...valid, 'global/b.yaml': text })
    expect(await found(directory)).to.deep.equal(['global/b.yaml:4:40 NX-CONFIG-WRONG-TYPE'])
  })

  it('leaves other files, hidden ones and foreign folders alone', async () => {
    const nonsense = '\t: ['
    await using directory = await temporaryDirectory({
      ...valid,
      'README.md': nonsense,
      'docker-compose.yaml': nonsense,
      '.github/workflows/ci.yaml': nonsense,
      'charts/values.yaml': nonsense,
      'global/.hidden.yaml': nonsense,
      'global/notes.txt': nonsense,
      'global/node_modules/x/y.yaml': nonsense,
    })
    expect(await found(directory)).to.deep.equal([])
  })

  it('reports what was probably meant to be read', async () => {
    await using directory = await temporaryDirectory({
      ...valid,
      'tenant/acme/a.yaml': shelf('x'),
      'tenants/a.yaml': shelf('x'),
      'tenants/Bad_Slug/a.yaml': shelf('x'),
    })
    expect(await found(directory)).to.deep.equal([
      'tenant/acme/a.yaml:1:1 NX-CONFIG-LAYOUT',
      'tenants/Bad_Slug/a.yaml:1:1 NX-CONFIG-LAYOUT',
      'tenants/a.yaml:1:1 NX-CONFIG-LAYOUT',
    ])
  })

  it('wants the fleet in neuronx.yaml, alone and nowhere else', async () => {
    await using without = await temporaryDirectory({ 'global/a.yaml': shelf('a') })
    expect(await found(without)).to.deep.equal(['neuronx.yaml:1:1 NX-CONFIG-NO-FLEET'])
    await using mixed = await temporaryDirectory({
      'neuronx.yaml': `${fleet}---\n${shelf('a')}`,
      'global/f.yaml': fleet.replace('toys', 'more'),
    })
    expect(await found(mixed)).to.deep.equal([
      'global/f.yaml:2:7 NX-CONFIG-LAYOUT',
      'neuronx.yaml:6:7 NX-CONFIG-LAYOUT',
    ])
  })

  it('reports a broken fleet file once', async () => {
    await using directory = await temporaryDirectory({ 'neuronx.yaml': 'a: b: c\n' })
    expect(await found(directory)).to.deep.equal(['neuronx.yaml:1:4 NX-YAML-SYNTAX'])
  })

  it('follows links inside the directory and refuses those that leave it', async () => {
    await using outside = await temporaryDirectory({
      'secret.yaml': shelf('secret'),
      'folder/b.yaml': shelf('b'),
    })
    await using directory = await temporaryDirectory({ ...valid, 'tenants/acme/c.yaml': shelf('c') })
    const link = (target: string, path: string) => symlink(target, join(directory.path, path))
    await link(join(outside.path, 'secret.yaml'), 'global/stolen.yaml')
    await link(join(outside.path, 'folder'), 'global/folder')
    await link('../tenants/acme/c.yaml', 'global/inside.yaml')
    await link('nowhere.yaml', 'global/dangling.yaml')
    await link('..', 'global/loop')
    const { findings, documents } = await validateDirectory(directory.path, toyKinds)
    const links = findings
      .filter(({ code }) => code === 'NX-CONFIG-SYMLINK')
      .map(({ file }) => relative(directory.path, file))
    expect(links).to.deep.equal([
      'global/dangling.yaml',
      'global/folder',
      'global/loop',
      'global/stolen.yaml',
    ])
    expect(documents.map(({ name }) => name)).not.to.include('secret')
    expect(documents.filter(({ name }) => name === 'c').length).to.be.greaterThan(1)
  })

  it('reports a file that is too large, not UTF-8, or no file', async () => {
    await using directory = await temporaryDirectory({
      ...valid,
      'global/large.yaml': `${shelf('x')}# ${'x'.repeat(1024 * 1024)}\n`,
      'global/latin1.yaml': Buffer.concat([
        Buffer.from('a: 1\nb: gr'),
        Buffer.from([0xfc]),
        Buffer.from('n\n'),
      ]),
      'global/bom.yaml': `\uFEFF${shelf('bom')}`,
    })
    expect(await found(directory)).to.deep.equal([
      'global/large.yaml:1:1 NX-CONFIG-LIMIT',
      'global/latin1.yaml:2:6 NX-YAML-ENCODING',
    ])
  })

  it('limits files, their bytes together, and how deep folders go', async () => {
    await using directory = await temporaryDirectory({ ...valid, 'global/1/2/3/a.yaml': shelf('b') })
    const limited = (change: Partial<DocumentLimits>) =>
      found(directory, { ...defaultDocumentLimits, ...change })
    expect(await limited({ filesMax: 3 })).to.deep.equal([])
    expect(await limited({ filesMax: 2 })).to.deep.equal([':1:1 NX-CONFIG-LIMIT'])
    expect(await limited({ totalBytesMax: 100 })).to.deep.equal([':1:1 NX-CONFIG-LIMIT'])
    expect(await limited({ folderDepthMax: 3 })).to.deep.equal(['global/1/2/3:1:1 NX-CONFIG-LIMIT'])
  })

  it('gives up on links that make few folders a thousand million', async () => {
    await using directory = await temporaryDirectory(valid)
    for (let level = 0; level < 10; level += 1) {
      const folder = join(directory.path, 'global', `level-${level}`)
      await mkdir(folder)
      if (level === 9) continue
      for (let link = 0; link < 8; link += 1)
        await symlink(`../level-${level + 1}`, join(folder, `link-${link}`))
    }
    const findings = await found(directory, { ...defaultDocumentLimits, foldersMax: 500 })
    expect(findings).to.have.length(1)
    expect(findings[0]).to.match(/^global\/level-0\/.*:1:1 NX-CONFIG-LIMIT$/)
  })

  it('fails clearly on a directory that is not there and on a file', async () => {
    await using directory = await temporaryDirectory({ file: '' })
    const missing = await failure(validateDirectory(join(directory.path, 'nope'), toyKinds))
    expect([missing.kind, missing.code]).to.deep.equal(['not_found', 'NX-CONFIG-DIRECTORY'])
    const file = await failure(validateDirectory(join(directory.path, 'file'), toyKinds))
    expect(file.message).to.contain('is not a directory')
  })
})
