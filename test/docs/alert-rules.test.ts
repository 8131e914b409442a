import { expect } from 'chai'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { allAlertCodes } from '../../src/platform/alerts/alert-codes.ts'
import { projectRoot } from '../support/cli/built-cli.ts'
import { checkAlertRules } from '../support/alerts/alert-rules.ts'

describe('docs/alerts.yaml', () => {
  it('is a file of alerting rules, each with a severity, a text and a fix', async () => {
    const { rules, problems } = await checkAlertRules()
    expect(problems).to.deep.equal([])
    expect(rules.length).to.be.above(15)
  })

  it('points every rule at a section of the runbook that is there', async () => {
    const { rules } = await checkAlertRules()
    const text = await readFile(join(projectRoot, 'docs', 'operations.md'), 'utf8')
    const anchors = new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => anchorOf(title ?? '')))
    const missing = rules
      .map(({ annotations }) => annotations.runbook.split('#')[1] ?? '')
      .filter((anchor) => !anchors.has(anchor))
    expect(missing).to.deep.equal([])
  })

  it('has a section of the runbook for every alert of neuronx', async () => {
    const text = await readFile(join(projectRoot, 'docs', 'operations.md'), 'utf8')
    expect(allAlertCodes.filter((code) => !text.includes(`### ${code}\n`))).to.deep.equal([])
  })
})

/** As Markdown renderers make them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')
}
