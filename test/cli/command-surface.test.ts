import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { buildCli, projectRoot } from '../support/cli/built-cli.ts'
import { commandSurface, manifestCommands } from './command-surface.ts'

describe('the command surface', function () {
  this.timeout(120_000)
  before(() => buildCli())

  it('is the one that is written down: scripts depend on it', () => {
    const written: unknown = JSON.parse(
      readFileSync(join(projectRoot, 'test', 'cli', 'command-surface.json'), 'utf8'),
    )
    expect(commandSurface()).to.deep.equal(
      written,
      'after a wanted change: node test/cli/write-command-surface.ts',
    )
  })

  it('has a summary, a description and two examples for every command', () => {
    for (const [id, command] of Object.entries(manifestCommands())) {
      expect(command.summary, id).to.match(/^[A-Z].*\.$/)
      expect(command.description, id).to.match(/\.$/)
      expect(command.examples?.length, id).to.be.at.least(2)
      const words = `neuronx ${id.replaceAll(':', ' ')}`
      for (const example of command.examples ?? []) expect(example.command, id).to.include(words)
    }
  })

  it('uses only flags that exist in its examples', () => {
    for (const [id, command] of Object.entries(manifestCommands())) {
      for (const example of command.examples ?? []) {
        const used = example.command.match(/--[a-z][a-z-]*/g) ?? []
        const others = ['--raw-output']
        const unknown = used
          .map((flag) => flag.slice(2))
          .filter((flag) => !(flag in command.flags) && !others.includes(`--${flag}`))
        expect(unknown, `${id}: ${example.command}`).to.deep.equal([])
      }
    }
  })

  it('offers --json, --yes, --no-input and --verbose everywhere', () => {
    for (const [id, command] of Object.entries(manifestCommands())) {
      expect(Object.keys(command.flags), id).to.include.members(['json', 'yes', 'no-input', 'verbose'])
    }
  })

  it('describes every topic and every flag', () => {
    const { oclif } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as {
      oclif: { topics: Record<string, { description: string }> }
    }
    const topics = new Set(
      Object.keys(manifestCommands()).flatMap((id) => (id.includes(':') ? [id.split(':')[0]] : [])),
    )
    expect(Object.keys(oclif.topics)).to.have.members([...topics])
    for (const [id, command] of Object.entries(manifestCommands())) {
      for (const [name, flag] of Object.entries(command.flags)) {
        const described = flag as { summary?: string; description?: string }
        expect(described.summary ?? described.description, `${id} --${name}`).to.be.a('string')
      }
    }
  })
})
