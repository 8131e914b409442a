import { expect } from 'chai'
import * as fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { planFixes, writeFixes } from '../../../../src/control-plane/validate/fix/fix-directory.ts'
import { unifiedDiff } from '../../../../src/control-plane/validate/fix/unified-diff.ts'
import { validateDirectory } from '../../../../src/control-plane/validate/validate-directory.ts'
import { temporaryDirectory } from '../../temporary-directory.ts'
import { toyKinds } from '../../toy-kinds.ts'

const root = 'apiVersion: neuronx/v1\nkind: Fleet\nname: toys\n'

const shelf = `# The shelf in the hall.
apiVersion: neuronx/v1
kind: Shelf   # oak
name: hall
width:    40
material: "oak"
---
# A book on it.
apiVersion: neuronx/v1
kind: Book
name:  atlas
on: hall     # see above
moves:
  - { id: up, lift: { height: 3 } }   # careful
  - id: over
    push: { to: 'there' }
`

async function fixed(text: string): Promise<{ text: string; before: number; after: number }> {
  await using directory = await temporaryDirectory({ 'neuronx.yaml': root, 'global/toys.yaml': text })
  const before = (await validateDirectory(directory.path, toyKinds)).findings.length
  await writeFixes(await planFixes(directory.path, toyKinds))
  const after = (await validateDirectory(directory.path, toyKinds)).findings.length
  return { text: await readFile(join(directory.path, 'global/toys.yaml'), 'utf8'), before, after }
}

describe('mending a configuration', () => {
  const mistakes: readonly (readonly [string, string])[] = [
    ['kind: Shelf ', 'kind: Shlef '],
    ['kind: Book', 'kind: Bok'],
    ['width: ', 'widht: '],
    ['material: "oak"', 'materail: "oak"'],
    ['moves:', 'moevs:'],
    ['on: hall ', 'on: hal '],
    ['height: 3', 'heigth: 3'],
    ['push: {', 'psuh: {'],
  ]

  for (const [right, wrong] of mistakes) {
    it(`writes ${right.trim()} for ${wrong.trim()}, and leaves every other byte alone`, async () => {
      const result = await fixed(shelf.replace(right, wrong))
      expect(result.text).to.equal(shelf)
      expect(result.after).to.equal(0)
    })
  }

  it('leaves a word alone that is near another and no slip of the fingers', async () => {
    const other = shelf.replace('material: "oak"', 'material: "stale"')
    expect((await fixed(other)).text).to.equal(other)
    const field = shelf.replace('material:', 'matter:')
    expect((await fixed(field)).text).to.equal(field)
  })

  it('adds a missing apiVersion, and takes out a document that stands there twice', async () => {
    const [first = '', second = ''] = shelf.split('---\n')
    const twice = `${first.replace('apiVersion: neuronx/v1\n', '')}---\n${second}---\n${second}`
    expect((await fixed(twice)).text).to.equal(shelf)
  })

  it('leaves a name alone that two others are as near to, a value it cannot know, and a duplicate that differs', async () => {
    const shelves = `${shelf}---\n${shelf.split('---\n')[0]?.replace('name: hall', 'name: hill')}`
    const ambiguous = shelves.replace('on: hall ', 'on: hxll ')
    expect((await fixed(ambiguous)).text).to.equal(ambiguous)
    const wrong = shelf.replace('width:    40', 'width:    wide')
    expect((await fixed(wrong)).text).to.equal(wrong)
    const [first = ''] = shelf.split('---\n')
    const differs = `${shelf}---\n${first.replace('40', '41')}`
    expect((await fixed(differs)).text).to.equal(differs)
  })

  it('leaves fewer findings whenever it changes anything, and only lines with a mistake differ', async () => {
    const some = fc.subarray([...mistakes.entries()], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(some, fc.constantFrom('', '\n', '# end', '\n\n# end\n'), async (chosen, tail) => {
        const right = shelf + tail
        const wrong = chosen.reduce((text, [, [good, bad]]) => text.replace(good, bad), right)
        const result = await fixed(wrong)
        if (result.text !== wrong) expect(result.after).to.be.lessThan(result.before)
        const [rightLines, wrongLines] = [right.split('\n'), wrong.split('\n')]
        for (const [index, line] of result.text.split('\n').entries())
          expect([rightLines[index], wrongLines[index]]).to.include(line)
      }),
      { numRuns: 40 },
    )
  }).timeout(30_000)

  it('takes out an override that repeats what is inherited, and nothing beside it', async () => {
    const overlay = (extra: string) => `# ours\napiVersion: neuronx/v1\nkind: Shelf\nname: hall\n${extra}`
    const before = overlay('width: 40   # the same\nmaterial: steel # ours\n')
    await using directory = await temporaryDirectory({
      'neuronx.yaml': root,
      'global/toys.yaml': shelf,
      'tenants/acme/toys.yaml': before,
    })
    await writeFixes(await planFixes(directory.path, toyKinds))
    const after = await readFile(join(directory.path, 'tenants/acme/toys.yaml'), 'utf8')
    expect(after).to.equal(overlay('material: steel # ours\n'))
  })

  it('plans without writing anything', async () => {
    const wrong = shelf.replace('width: ', 'widht: ')
    await using directory = await temporaryDirectory({ 'neuronx.yaml': root, 'global/toys.yaml': wrong })
    const [plan] = await planFixes(directory.path, toyKinds)
    expect(plan?.diff).to.contain('-widht:    40\n+width:    40')
    expect(await readFile(join(directory.path, 'global/toys.yaml'), 'utf8')).to.equal(wrong)
  })
})

describe('a unified diff', () => {
  /** What `patch` would make of it. */
  function patched(before: string, diff: string): string {
    const source = before.split('\n')
    const out: string[] = []
    let at = 0
    for (const line of diff.split('\n').slice(2)) {
      const hunk = /^@@ -(\d+),(\d+) \+(\d+),\d+ @@$/.exec(line)
      if (hunk !== null) {
        const start = Number(hunk[1]) - 1
        out.push(...source.slice(at, start))
        at = start
        expect(out.length, diff).to.equal(Number(hunk[3]) - 1)
      } else if (line.startsWith('+')) out.push(line.slice(1))
      else {
        expect(source[at], diff).to.equal(line.slice(1))
        if (line.startsWith(' ')) out.push(line.slice(1))
        at += 1
      }
    }
    return [...out, ...source.slice(at)].join('\n')
  }

  it('leads from one text to the other', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 40 })
      .map((lines) => `${lines.join('\n')}\n`)
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = unifiedDiff('f', before, after)
        if (before === after) expect(diff).to.equal('')
        else expect(patched(before, diff)).to.equal(after)
      }),
      { numRuns: 500 },
    )
  })
})
