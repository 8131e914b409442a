import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readLines } from '../../../src/cli/lines/read-lines.ts'
import { saveLines } from '../../../src/cli/lines/write-lines.ts'

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('lines in and out', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nx-lines-'))
  })
  afterEach(async () => rm(folder, { recursive: true }))

  it('come back as they were written, whatever their length and characters', async () => {
    const file = join(folder, 'x.jsonl')
    const lines = ['a', '', 'ü'.repeat(100_000), '{"x":1}']
    async function* source(): AsyncIterable<string> {
      yield* lines
    }
    expect(await saveLines(source(), file)).to.equal(4)
    expect(await collect(readLines(file, 1_000_000))).to.deep.equal(lines)
    expect((await stat(file)).mode & 0o777).to.equal(0o600)
  })

  it('need no line break at the end, and lose a carriage return', async () => {
    const file = join(folder, 'x')
    await writeFile(file, 'a\r\nb')
    expect(await collect(readLines(file, 10))).to.deep.equal(['a', 'b'])
  })

  it('are refused above the limit, with the number of the line', async () => {
    const file = join(folder, 'x')
    await writeFile(file, `a\n${'b'.repeat(11)}\n`)
    const error = await collect(readLines(file, 10)).catch((thrown: unknown) => thrown)
    expect(error).to.have.property('code', 'NX-INPUT-SIZE')
    expect(error).to.have.nested.property('where.line', 2)
  })

  it('never overwrite a file, and leave none behind that is not whole', async () => {
    const file = join(folder, 'x')
    await writeFile(file, 'precious')
    async function* none(): AsyncIterable<string> {}
    expect(await saveLines(none(), file).catch((thrown: unknown) => thrown)).to.have.property(
      'code',
      'NX-OUTPUT-FILE',
    )
    expect(await readFile(file, 'utf8')).to.equal('precious')

    const half = join(folder, 'half')
    async function* broken(): AsyncIterable<string> {
      yield 'first'
      throw new Error('the database went away')
    }
    expect(await saveLines(broken(), half).catch(String)).to.include('went away')
    expect(await stat(half).catch(() => null)).to.equal(null)
  })
})
