import { join } from 'node:path'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { expect } from 'chai'
import { manifestCommands } from '../cli/command-surface.ts'
import { envelopeOf } from '../support/cli/envelope.ts'
import { temporaryFolder } from '../support/cli/temporary-folder.ts'
import {
  buildCli,
  cliEnvironment,
  projectRoot,
  resultOf,
  runBuiltCli,
  runFile,
} from '../support/cli/built-cli.ts'

describe('the built command line', function () {
  this.timeout(120_000)
  before(() => buildCli())

  it('prints its version, and the same as JSON', async () => {
    const { version } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      version: string
    }
    const plain = await runBuiltCli(['--version'])
    expect([plain.code, plain.stdout.split(' ')[0]]).to.deep.equal([0, `neuronx/${version}`])
    const json = envelopeOf((await runBuiltCli(['--version', '--json'])).stdout)
    expect(json.data).to.include({ name: 'neuronx', version })
  })

  it('shows help for itself, a topic and a command, on stdout, with exit code 0', async () => {
    for (const args of [
      [],
      ['--help'],
      ['-h'],
      ['help'],
      ['tenant'],
      ['tenant', '--help'],
      ['help', 'tenant', 'list'],
      ['tenant', 'list', '-h'],
      // Typed behind a command that is there already, values of its flags and all.
      ['dlq', 'list', '-t', 'acme', '--help'],
      ['dlq', 'list', '--help', '--tenant', 'acme'],
      ['--help', 'dlq', 'list'],
    ]) {
      const result = await runBuiltCli(args)
      expect([result.code, result.stderr], args.join(' ')).to.deep.equal([0, ''])
      expect(result.stdout, args.join(' ')).to.include('USAGE')
    }
  })

  it('says in the help of every command which values a flag takes', async () => {
    const shown = (await runBuiltCli(['command', 'settle', '--help'])).stdout.replaceAll(/\s+/g, ' ')
    expect(shown).to.include('--outcome=OUTCOME').and.to.include('One of: succeeded, retry, failed.')
  })

  it('prints one small JSON document for every command that is given a flag it does not have', async () => {
    const ids = Object.keys(manifestCommands())
    for (let first = 0; first < ids.length; first += 4) {
      const results = await Promise.all(
        ids.slice(first, first + 4).map((id) => runBuiltCli([...id.split(':'), '--nope', '--json'])),
      )
      for (const result of results) {
        expect(result.code).to.equal(64)
        expect(result.stdout.length).to.be.below(8_192)
        expect(envelopeOf(result.stdout).error).to.include({ code: 'NX-USAGE', exit: 64 })
      }
    }
  })

  it('suggests the flag that was probably meant', async () => {
    const result = await runBuiltCli(['tenant', 'list', '--jsn'])
    expect(result.code).to.equal(64)
    expect(result.stderr).to.include('There is no flag: --jsn').and.to.include('Did you mean --json?')
  })

  it('suggests the command that was probably meant, as text and as JSON, with exit code 64', async () => {
    const text = await runBuiltCli(['tenat', 'list'])
    expect([text.code, text.stdout]).to.deep.equal([64, ''])
    expect(text.stderr).to.include('NX-COMMAND-UNKNOWN').and.to.include('neuronx tenant list')
    const json = await runBuiltCli(['tenat', 'list', '--json'])
    expect(json.code).to.equal(64)
    expect(envelopeOf(json.stdout).error).to.include({
      code: 'NX-COMMAND-UNKNOWN',
      fix: 'neuronx tenant list',
    })
  })

  it('says which argument is too much', async () => {
    const result = await runBuiltCli(['tenant', 'list', 'extra'])
    expect(result.code).to.equal(64)
    expect(result.stderr).to.include('Unexpected argument: extra')
  })

  it('prints no escape code when it is piped, also for errors', async () => {
    for (const args of [['--help'], ['tenant', 'list', '--help'], ['tenat'], ['tenant', 'list', '--nope']]) {
      const { stdout, stderr } = await runBuiltCli(args, { env: { TERM: 'xterm-256color' } })
      expect(stdout + stderr, args.join(' ')).to.not.include('\u001b')
    }
  })

  it('lets NO_COLOR win over FORCE_COLOR', async () => {
    const forced = await runBuiltCli(['tenat'], { env: { FORCE_COLOR: '1' } })
    expect(forced.stderr).to.include('\u001b')
    const none = await runBuiltCli(['tenat'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })
    expect(none.stderr).to.not.include('\u001b')
  })

  it('ends with 0 when its reader leaves after the first line', async () => {
    const script = '"$0" "$@" | head -1; echo "exit ${PIPESTATUS[0]}"'
    const child = spawn('bash', ['-c', script, process.execPath, runFile, '--help'], {
      env: cliEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const result = await resultOf(child)
    expect(result.stdout.trim().split('\n')).to.have.length(2)
    expect([result.stdout.trim().split('\n')[1], result.stderr]).to.deep.equal(['exit 0', ''])
  })

  it('delivers all of a large JSON to a slow reader and keeps its exit code', async () => {
    await using place = await temporaryFolder()
    await mkdir(join(place.path, 'global'))
    await writeFile(join(place.path, 'neuronx.yaml'), 'apiVersion: neuronx/v1\nkind: Fleet\nname: big\n')
    const document = (index: number): string => `apiVersion: neuronx/v1\nkind: Nonsense\nname: n${index}\n`
    for (let file = 0; file < 20; file += 1) {
      await writeFile(
        join(place.path, 'global', `f${file}.yaml`),
        Array.from({ length: 40 }, (_, index) => document(file * 40 + index)).join('---\n'),
      )
    }
    const script = '"$0" "$@" | (sleep 0.3; cat); echo "exit ${PIPESTATUS[0]}"'
    const args = ['-c', script, process.execPath, runFile, 'config', 'validate', place.path, '--json']
    const result = await resultOf(
      spawn('bash', args, { env: cliEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    )
    const end = result.stdout.lastIndexOf('exit ')
    const envelope = envelopeOf(result.stdout.slice(0, end))
    expect(end).to.be.above(128 * 1024)
    expect((envelope.data as { findings: unknown[] }).findings.length).to.be.at.least(800)
    expect(result.stdout.slice(end).trim()).to.equal('exit 78')
  })
})
