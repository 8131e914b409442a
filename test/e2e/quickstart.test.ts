import { readdir } from 'node:fs/promises'
import { readFileSync, readdirSync } from 'node:fs'
import { expect } from 'chai'
import type { QuickstartReport } from '../../src/app/quickstart/quickstart-report.ts'
import { envelopeOf } from '../support/cli/envelope.ts'
import { buildCli, resultOf, runBuiltCli, startCli } from '../support/cli/built-cli.ts'
import { temporaryFolder } from '../support/cli/temporary-folder.ts'
import { eventually } from '../support/eventually.ts'

describe('neuronx quickstart', function () {
  this.timeout(180_000)
  before(() => buildCli())

  it('reports the morning in numbers, and leaves no process and no file', async () => {
    await using place = await temporaryFolder()
    const result = await runBuiltCli(['quickstart', '--json'], { env: { TMPDIR: place.path } })
    expect([result.code, result.stderr]).to.deep.equal([0, ''])
    const { ok, data } = envelopeOf(result.stdout) as unknown as { ok: boolean; data: QuickstartReport }
    expect(ok).to.equal(true)
    expect(data).to.include({ eventsAccepted: 7, duplicatesIgnored: 2, refused: 1, workflowsStarted: 3 })
    expect(data.leads.map(({ id, score, band }) => [id, score, band])).to.have.deep.members([
      ['c-ada', 100, 'hot'],
      ['c-grace', 25, 'cold'],
      ['c-ibn', 0, 'cold'],
      ['c-lin', 0, 'cold'],
    ])
    expect(data.delivered).to.have.lengthOf(11)
    expect(data.counts.commands).to.include({ succeeded: 11, waiting: 0, ready: 0, leased: 0, dead: 0 })
    expect(data.deadLetters.map(({ code }) => code)).to.deep.equal(['NX-HOOK-UNMAPPABLE'])
    expect(await readdir(place.path)).to.deep.equal([])
    await eventually(() => expect(processesAt(place.path)).to.deep.equal([]))
  })

  it('takes everything down when it is interrupted half-way, and says 130', async () => {
    await using place = await temporaryFolder()
    const child = startCli(['quickstart', '--json'], { env: { TMPDIR: place.path } })
    const ended = resultOf(child)
    // The nats-server's configuration is written when Postgres serves and the schema does not exist yet.
    await eventually(async () => (await readdir(place.path, { recursive: true })).some(isNatsFile), 60_000)
    child.kill('SIGINT')
    const result = await ended
    expect([result.code, result.signal]).to.deep.equal([130, null])
    expect(envelopeOf(result.stdout).error).to.include({ code: 'NX-INTERRUPTED', exit: 130 })
    expect(await readdir(place.path)).to.deep.equal([])
    await eventually(() => expect(processesAt(place.path)).to.deep.equal([]))
  })
})

const isNatsFile = (path: string): boolean => path.endsWith('nats.conf')

/** Command lines of running processes that name this folder (Linux; elsewhere the removed folder has to do). */
function processesAt(folder: string): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((line) => line.includes(folder))
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}
