import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { editedInput, withSet } from '../../../src/cli/letters/edited-input.ts'
import { NxError } from '../../../src/kernel/errors.ts'

const input = { contact: { email: 'old@example.com', name: 'Ada' }, tags: ['a'] }

describe('the edited input of a command', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nx-edit-'))
  })
  afterEach(async () => rm(folder, { recursive: true }))

  const patched = async (text: string) => {
    const patch = join(folder, 'patch.yaml')
    await writeFile(patch, text)
    return editedInput(input, { patch, editor: false })
  }

  it('is merged with a patch in YAML or JSON', async () => {
    expect(await patched('contact: { email: new@example.com, name: null }')).to.deep.equal({
      contact: { email: 'new@example.com' },
      tags: ['a'],
    })
    expect(await patched('{"tags": ["b"]}')).to.deep.equal({ ...input, tags: ['b'] })
  })

  it('takes single values: JSON where it is JSON, else the text', () => {
    expect(withSet(input, 'contact.email=new@example.com').contact).to.deep.equal({
      email: 'new@example.com',
      name: 'Ada',
    })
    expect(withSet(input, 'tags=["b"]')).to.deep.equal({ ...input, tags: ['b'] })
    expect(withSet(input, 'note=')).to.deep.equal({ ...input, note: '' })
    expect(withSet(input, 'url=https://x/?a=b')).to.deep.equal({ ...input, url: 'https://x/?a=b' })
  })

  it('refuses a patch that is no object, with its place', async () => {
    for (const text of ['- 1', 'a: [', '', '"text"', '*a']) {
      const error = await patched(text).catch((thrown: unknown) => thrown)
      expect(error, text).to.be.instanceOf(NxError).with.property('code', 'NX-PATCH')
    }
  })

  it('refuses an alias bomb', async () => {
    const bomb = `a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]`
    expect(await patched(bomb).catch((thrown: unknown) => thrown)).to.have.property('code', 'NX-PATCH')
  })

  it('refuses to guess what shall change', async () => {
    const error = await editedInput(input, { editor: false }).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'NX-USAGE')
    for (const set of ['', '=1', 'a..b=1', 'email', '__proto__.x=1'])
      expect(() => withSet(input, set), set)
        .to.throw(NxError)
        .with.property('code', 'NX-SET')
  })
})
