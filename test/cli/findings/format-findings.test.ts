import { expect } from 'chai'
import { formatFindings } from '../../../src/cli/findings/format-findings.ts'
import type { Finding } from '../../../src/control-plane/documents/finding.ts'

const findings: readonly Finding[] = [
  {
    severity: 'error',
    code: 'NX-CONFIG-CYCLE',
    message: 'a -> b: 100% "sure" <now>',
    fix: 'Break it,\nthen run again.',
    file: 'config/global/über uns.yaml',
    line: 3,
    column: 7,
    path: 'rules[0].id',
    related: [{ file: 'config/global/b.yaml', line: 9, column: 1, message: 'r/one emits b' }],
  },
  {
    severity: 'warning',
    code: 'NX-CONFIG-ALWAYS-TRUE',
    message: 'True\u0001 always',
    fix: null,
    file: 'config/global/b.yaml',
    line: 1,
    column: 1,
    path: '',
  },
]
const report = {
  findings,
  files: ['config/global/b.yaml', 'config/global/c.yaml'],
  version: '1.2.3',
  ms: 1_234,
}

interface Location {
  physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number; startColumn: number } }
}
interface Sarif {
  version: string
  runs: {
    columnKind: string
    tool: { driver: { name: string; rules: { id: string; helpUri?: string }[] } }
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations: Location[]
      relatedLocations?: (Location & { id: number; message: { text: string } })[]
    }[]
  }[]
}

describe('findings as SARIF', () => {
  const log = JSON.parse(formatFindings('sarif', report)) as Sarif

  it('is version 2.1.0 with one run whose rules are the codes, each once', () => {
    expect(log.version).to.equal('2.1.0')
    const [run] = log.runs
    expect(log.runs).to.have.length(1)
    expect(run?.columnKind).to.equal('utf16CodeUnits')
    expect(run?.tool.driver.name).to.equal('neuronx')
    expect(run?.tool.driver.rules.map(({ id }) => id)).to.deep.equal([
      'NX-CONFIG-ALWAYS-TRUE',
      'NX-CONFIG-CYCLE',
    ])
    expect(run?.tool.driver.rules.every((rule) => rule.helpUri === undefined)).to.equal(true)
  })

  it('points every result at its rule, its level and a valid relative URI with a place from 1', () => {
    for (const result of log.runs[0]?.results ?? []) {
      expect(log.runs[0]?.tool.driver.rules[result.ruleIndex]?.id).to.equal(result.ruleId)
      expect(['error', 'warning', 'note', 'none']).to.include(result.level)
      expect(result.message.text).not.to.equal('')
      for (const { physicalLocation } of [...result.locations, ...(result.relatedLocations ?? [])]) {
        const { uri } = physicalLocation.artifactLocation
        expect(new URL(uri, 'file:///base/').pathname).to.equal(`/base/${uri}`)
        expect(uri).not.to.match(/[ \\ü]/)
        expect(physicalLocation.region.startLine).to.be.greaterThan(0)
        expect(physicalLocation.region.startColumn).to.be.greaterThan(0)
      }
    }
    expect(log.runs[0]?.results[0]?.relatedLocations?.[0]?.message.text).to.equal('r/one emits b')
  })
})

describe('findings as JUnit', () => {
  const xml = formatFindings('junit', report)

  it('has a case for every file, those without findings included, and fails those with errors', () => {
    expect(xml.match(/<testcase /g)).to.have.length(3)
    expect(xml).to.contain('tests="3" failures="1" errors="0" time="1.234"')
    expect(xml.match(/<failure /g)).to.have.length(1)
    expect(xml.match(/<system-out>/g)).to.have.length(1)
    expect(xml).to.match(/name="config\/global\/c\.yaml"[^>]*\/>/)
  })

  it('escapes what XML would read, and shows what XML cannot hold as ?', () => {
    expect(xml).to.contain('100% &quot;sure&quot; &lt;now&gt;')
    expect(xml).to.contain('True? always')
    expect(xml).not.to.contain('\u0001')
  })
})

describe('findings as GitHub workflow commands', () => {
  it('is one line each, with percent signs, line ends, commas and colons escaped where they would be read', () => {
    const lines = formatFindings('github', report).split('\n')
    expect(lines).to.have.length(2)
    expect(lines[0]).to.match(
      /^::error file=config\/global\/über uns\.yaml,line=3,col=7,title=NX-CONFIG-CYCLE::/,
    )
    expect(lines[0]).to.contain('100%25').and.to.contain('%0Afix: Break it,%0Athen run again.')
    expect(lines[1]).to.match(
      /^::warning file=config\/global\/b\.yaml,line=1,col=1,title=NX-CONFIG-ALWAYS-TRUE::/,
    )
  })

  it('says nothing when there is nothing', () => {
    expect(formatFindings('github', { ...report, findings: [] })).to.equal('')
  })
})
