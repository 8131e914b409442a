import { expect } from 'chai'
import fc from 'fast-check'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { testConfig } from '../../../src/app/config-tests/test-config.ts'
import { formatTests } from '../../../src/cli/tests/format-tests.ts'
import { reaches } from '../../../src/sales-core/testing/coverage/coverage-tally.ts'
import { temporaryDirectory } from '../../control-plane/temporary-directory.ts'

const rules = `apiVersion: neuronx/v1
kind: Fleet
name: f
`
const types = `apiVersion: neuronx/v1
kind: EntityType
name: lead
fields: { name: string, score: number, country: string?, budget: number?, tags: list<string> }
---
apiVersion: neuronx/v1
kind: EventType
name: lead.created
folds: lead
fields: { name: string, country: string?, budget: number? }
---
apiVersion: neuronx/v1
kind: LeadScore
name: fit
writes: lead.score
factors: [{ id: rich, value: lead.budget, bands: { 0: 1, 100: 5, 1000: 9 } }]
bands: [{ name: cold, from: 0 }, { name: warm, from: 5 }]
---
apiVersion: neuronx/v1
kind: RuleSet
name: r
rules:
  - id: big
    on: lead.created
    when: lead.country == "AE" && lead.budget >= 100
    then: [{ add_tag: big }]
`

interface Repository extends AsyncDisposable {
  readonly path: string
}

async function repository(files: Readonly<Record<string, string>>): Promise<Repository> {
  const directory = await temporaryDirectory()
  for (const [name, text] of Object.entries({
    'neuronx.yaml': rules,
    'global/types.yaml': types,
    ...files,
  })) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true })
    await writeFile(join(directory.path, name), text)
  }
  return directory
}

function testsYaml(...cases: readonly string[]): string {
  return `apiVersion: neuronx/v1\nkind: Test\nname: t\ncases:\n${cases.map((text) => `  - ${text.replaceAll('\n', '\n    ')}\n`).join('')}`
}

const event = (budget: number, country = 'AE'): string =>
  `steps: [{ event: { type: lead.created, budget: ${budget}, country: ${country} } }]`

describe('config test', () => {
  it('shows the clause that was false, with values and where they came from', async () => {
    await using directory = await repository({
      'tenants/acme/tests.yaml': testsYaml(`name: c\n${event(99)}\nexpect: { fired: [big], score: 5 }`),
    })
    const { failed, cases } = await testConfig(directory.path)
    expect(failed).to.equal(1)
    const [rule, score] = cases[0]?.failures ?? []
    expect(rule).to.include({ message: 'The rule big did not fire', line: 7, column: 23 })
    const details = rule?.details.map((line) => line.replaceAll(`${directory.path}/`, ''))
    expect(details).to.deep.equal([
      'expected "big"',
      'actual   []',
      'RuleSet/r#big, step 1  global/types.yaml:25:11 (global)',
      '  false  lead.country == "AE" && lead.budget >= 100',
      '    true   lead.country == "AE"',
      '      lead.country is "AE"',
      '    false  lead.budget >= 100',
      '      lead.budget is 99',
      '  lead.country = "AE"  from step 1  tenants/acme/tests.yaml:6:65 (tenants/acme)',
      '  lead.budget = 99  from step 1  tenants/acme/tests.yaml:6:52 (tenants/acme)',
    ])
    expect(score?.details.slice(0, 3).map((line) => line.replaceAll(`${directory.path}/`, ''))).to.deep.equal(
      ['expected 5', 'actual   1', 'LeadScore/fit#rich, step 1  global/types.yaml:16:30 (global)'],
    )
  })

  it('says of a rule that was never looked at what did not happen', async () => {
    await using directory = await repository({
      'global/tests.yaml': testsYaml(
        'name: c\ngiven: { lead: { name: Ada } }\nsteps: [{ advance: 1h }]\nexpect: { fired: [big] }',
      ),
    })
    const { cases } = await testConfig(directory.path)
    expect(cases[0]?.failures[0]?.details).to.include('lead.created, which it listens to, did not happen')
  })

  it('fails without tests, unless that is allowed', async () => {
    await using directory = await repository({})
    const refused = await testConfig(directory.path).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'NX-TEST-NONE' })
    expect(await testConfig(directory.path, { allowEmpty: true })).to.include({ passed: 0, failed: 0 })
  })

  it('stops after the first failure when it is told to', async () => {
    const one = `name: a\n${event(1)}\nexpect: { score: 77 }`
    await using directory = await repository({
      'global/tests.yaml': testsYaml(one, one.replace('name: a', 'name: b')),
    })
    expect((await testConfig(directory.path)).failed).to.equal(2)
    expect((await testConfig(directory.path, { bail: true })).cases).to.have.length(1)
  })

  it('runs a case once for each row, and points at the row that is wrong', async () => {
    await using directory = await repository({
      'global/tests.yaml': testsYaml(
        `name: points\neach:\n  - { budget: 99, score: 1 }\n  - { budget: 100, score: 6 }\nsteps: [{ event: { type: lead.created, budget: '{{ row.budget }}' } }]\nexpect: { score: '{{ row.score }}' }`,
      ),
    })
    const { cases, passed } = await testConfig(directory.path)
    expect([passed, cases.map(({ name }) => name)]).to.deep.equal([
      1,
      ['t: points (row 1)', 't: points (row 2)'],
    ])
    expect(cases[1]?.failures[0]).to.include({ line: 8, column: 31, actual: 5, expected: 6 })
    await testConfig(directory.path, { update: 'write' })
    expect(await readFile(join(directory.path, 'global/tests.yaml'), 'utf8')).to.contain(
      '{ budget: 100, score: 5 }',
    )
  })

  it('refuses rows without the column, cells without rows, and names that nothing has', async () => {
    const yaml = testsYaml(
      `name: a\neach: [{ x: 1 }]\n${event(1)}\nexpect: { score: '{{ row.y }}' }`,
      `name: b\n${event(1)}\nexpect: { score: '{{ row.y }}' }`,
      `name: c\n${event(1)}\nexpect: { fired: [bigg], state: { name: { matches: '(' } } }`,
    )
    await using directory = await repository({ 'global/tests.yaml': yaml })
    const refused = (await testConfig(directory.path).catch((error: unknown) => error)) as {
      findings: readonly { line: number; message: string }[]
    }
    const text = refused.findings.map(({ line, message }) => `${line} ${message}`).join('\n')
    expect(text).to.match(/^8 .*row 1 has no such column/m)
    expect(text).to.match(/^11 .*the case has no `each`/m)
    expect(text).to.match(/^14 .*missing closing \)/m)
  })

  it('writes what really came, keeps comments, and is green afterwards', async () => {
    const yaml = `${testsYaml()}  # first
  - name: one # kept
    ${event(100)}
    expect:
      score: 4 # points
      band: cold
      fired: [big] # yes
      not_fired: [big]
      state:
        lead.country: DE # where
        lead.tags: []
  - name: two
    ${event(5000, 'DE')}
    expect: { state: { budget: { gte: 1 }, country: "AE" }, score: { lt: 3 } }
`
    await using directory = await repository({ 'global/tests.yaml': yaml })
    const file = join(directory.path, 'global/tests.yaml')
    const planned = await testConfig(directory.path, { update: 'dry-run' })
    expect(planned.update).to.include({ updated: 6, left: 1 })
    expect(planned.update?.files[0]?.diff).to.contain('+      score: 5 # points')
    expect(await readFile(file, 'utf8')).to.equal(yaml)
    await testConfig(directory.path, { update: 'write' })
    const changes: ReadonlyArray<readonly [string, string]> = [
      ['score: 4 #', 'score: 5 #'],
      ['band: cold', 'band: warm'],
      ['not_fired: [big]', 'not_fired: []'],
      ['lead.country: DE', 'lead.country: AE'],
      ['lead.tags: []', 'lead.tags: [ big ]'],
      ['country: "AE" }', 'country: DE }'],
    ]
    expect(await readFile(file, 'utf8')).to.equal(
      changes.reduce((text, [from, to]) => text.replace(from, to), yaml),
    )
    const { cases } = await testConfig(directory.path)
    expect(cases.flatMap(({ failures }) => failures.map(({ message }) => message))).to.deep.equal([
      'lead.score is 9',
    ])
  })

  it('is green after an update, whatever exact values were expected', async () => {
    const text = fc.constantFrom(
      'AE',
      'it: is',
      '- no',
      '#x',
      "o'clock",
      '{a}',
      'a"b',
      'null',
      '5',
      ' x ',
      'ä\nb',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 2000 }),
        text,
        text,
        fc.boolean(),
        async (budget, name, wrong, flow) => {
          const expected = { score: 3, band: 'none', state: { 'lead.name': wrong, 'lead.budget': 1 } }
          const shown = flow
            ? `expect: ${JSON.stringify(expected)}`
            : `expect:\n  score: 3\n  band: none\n  state:\n    lead.name: ${JSON.stringify(wrong)}\n    lead.budget: 1`
          const data = JSON.stringify({ type: 'lead.created', name, budget })
          await using directory = await repository({
            'global/tests.yaml': testsYaml(`name: c\nsteps: [{ event: ${data} }]\n${shown}`),
          })
          await testConfig(directory.path, { update: 'write' })
          const { failed, cases } = await testConfig(directory.path)
          expect(failed, JSON.stringify(cases)).to.equal(0)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('reports as JUnit and as GitHub commands, places included', async () => {
    await using directory = await repository({
      'global/tests.yaml': testsYaml(
        `name: "a <b> & c"\n${event(1)}\nexpect: { score: 77 }`,
        `name: d\n${event(1)}\nexpect: {}`,
      ),
    })
    const report = await testConfig(directory.path)
    const xml = formatTests('junit', report)
    expect(xml).to.contain('<testsuites name="neuronx config test" tests="2" failures="1" errors="0">')
    expect(xml)
      .to.contain('classname="t" name="a &lt;b&gt; &amp; c"')
      .and.to.contain('message="lead.score is 1"')
    expect(xml).to.match(/name="d" file="[^"]+" line="8"\/>/)
    const lines = formatTests('github', report).split('\n')
    expect(lines).to.have.length(1)
    expect(lines[0]).to.match(
      /^::error file=.*tests.yaml,line=7,col=22,title=t%3A a <b> & c::lead.score is 1%0Aexpected 77/,
    )
  })

  it('counts the rules of a scope without tests as never done', async () => {
    await using directory = await repository({})
    const { coverage } = await testConfig(directory.path, { allowEmpty: true, coverage: true })
    expect(coverage).to.include({ covered: 0 })
    expect(coverage?.total).to.equal(2 + 6 + 3)
  })

  it('knows most changes of config-examples, and covers almost all of it', async () => {
    const { coverage, mutation } = await testConfig('config-examples', {
      coverage: true,
      mutate: { max: 1_000, seed: 1, timeMsMax: 60_000 },
    })
    expect(coverage !== null && reaches(coverage, 95)).to.equal(true)
    expect(mutation?.leftOut).to.equal(0)
    expect((mutation?.killed ?? 0) / (mutation?.total ?? 1)).to.be.greaterThan(0.85)
  })

  it('runs the example of the documentation on config-examples', async () => {
    const page = await readFile('docs/configuration.md', 'utf8')
    const example = /<!-- tested: a Test document -->\s*```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    await using directory = await temporaryDirectory()
    await cp('config-examples', directory.path, { recursive: true })
    await writeFile(join(directory.path, 'tenants/acme/docs-example.yaml'), example)
    const { cases } = await testConfig(directory.path, { filter: 'price-questions' })
    expect(cases).to.have.length(2)
    expect(cases.flatMap(({ failures }) => failures)).to.deep.equal([])
  })
})
