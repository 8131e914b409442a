import { expect } from 'chai'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadMasterKey } from '../../../src/app/config/master-key.ts'
import { NxError } from '../../../src/kernel/errors.ts'

async function keyFile(bytes: Buffer, mode: number) {
  const folder = await mkdtemp(join(tmpdir(), 'nx-key-'))
  const path = join(folder, 'master.key')
  await writeFile(path, bytes)
  await chmod(path, mode)
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function failure(path: string): Promise<NxError> {
  const error: unknown = await loadMasterKey(path).then(
    () => new Error('it was loaded'),
    (reason: unknown) => reason,
  )
  if (error instanceof NxError) return error
  throw error
}

describe('loadMasterKey', () => {
  for (const mode of [0o600, 0o400]) {
    it(`reads 32 bytes of mode ${mode.toString(8)}`, async () => {
      await using file = await keyFile(Buffer.alloc(32, 9), mode)
      const key = await loadMasterKey(file.path)
      expect(key.bytes.equals(Buffer.alloc(32, 9))).to.equal(true)
      expect(key.id).to.match(/^[0-9a-f]{8}$/)
    })
  }

  for (const mode of [0o640, 0o604, 0o644, 0o666, 0o660]) {
    it(`refuses mode ${mode.toString(8)} and says how to correct it`, async () => {
      await using file = await keyFile(Buffer.alloc(32), mode)
      const error = await failure(file.path)
      expect([error.kind, error.code]).to.deep.equal(['configuration', 'NX-MASTER-KEY-FILE'])
      expect(error.fix).to.equal(`chmod 600 ${file.path}`)
    })
  }

  for (const length of [0, 31, 33, 64]) {
    it(`refuses ${length} bytes without showing them`, async () => {
      await using file = await keyFile(Buffer.alloc(length, 'k'), 0o600)
      const error = await failure(file.path)
      expect(error.code).to.equal('NX-MASTER-KEY-FILE')
      expect(JSON.stringify([error.message, error.detail])).not.to.contain('kkkk')
    })
  }

  it('says which file is missing', async () => {
    await using file = await keyFile(Buffer.alloc(32), 0o600)
    const error = await failure(`${file.path}.gone`)
    expect([error.kind, error.code, error.where?.file]).to.deep.equal([
      'io',
      'NX-MASTER-KEY-FILE',
      `${file.path}.gone`,
    ])
  })
})
