import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { fuelMax } from '../../../../src/sales-core/conditions/cel/frame.ts'
import { hostileRules } from './hostile-rules.ts'

interface Line {
  readonly name: string
  readonly outcome: { readonly ends: string; readonly code?: string; readonly value?: unknown }
  readonly steps?: number
  readonly cpuMs: number
}

/** Each takes some tens at most; of the process, whatever else the machine does. */
const cpuMsMax = 2_000

describe('hostile rules, in a process with 64 MB', function () {
  this.timeout(120_000)
  let lines: readonly Line[] = []
  let status: number | null = null

  before(() => {
    const script = fileURLToPath(new URL('run-hostile-rules.ts', import.meta.url))
    const child = spawnSync(process.execPath, ['--max-old-space-size=64', script], { encoding: 'utf8' })
    status = child.status
    lines = child.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  })

  it('leave the process alive', () => {
    expect(status).to.equal(0)
    expect(lines).to.have.length(hostileRules.length)
  })

  for (const { name, ends } of hostileRules) {
    it(`${name}: ${ends}`, () => {
      const line = lines.find((candidate) => candidate.name === name)
      expect(line?.outcome.ends).to.equal(ends)
      expect(line?.steps ?? 0).to.be.at.most(fuelMax)
      expect(line?.cpuMs).to.be.below(cpuMsMax)
    })
  }

  it('find nothing that objects inherit', () => {
    const found = lines.filter(({ name }) => /prototype|constructor/.test(name))
    expect(found.length).to.be.greaterThan(5)
    expect(found.filter(({ outcome }) => outcome.value === true)).to.deep.equal([])
  })
})
