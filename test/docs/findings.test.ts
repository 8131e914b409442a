import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'

/** The codes that a folder's sources mention. */
function codesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => readFileSync(`${folder}/${path}`, 'utf8').match(/NX-CONFIG-[A-Z]+(?:-[A-Z]+)*/g) ?? [])
}

describe('the table of findings in docs/configuration.md', () => {
  const listed = [
    ...readFileSync('docs/configuration.md', 'utf8').matchAll(/^\| `(NX-CONFIG-[A-Z-]+)` +\|/gm),
  ].map(([, code]) => code)

  it('lists every code of the control plane and the sales core', () => {
    const used = new Set([...codesIn('src/control-plane'), ...codesIn('src/sales-core')])
    expect([...used].filter((code) => !listed.includes(code)).sort()).to.deep.equal([])
  })

  it('lists them in order, each once, and none that nobody uses', () => {
    const used = new Set(codesIn('src'))
    expect(listed).to.deep.equal([...new Set(listed)].sort())
    expect(listed.filter((code) => code === undefined || !used.has(code))).to.deep.equal([])
  })
})
