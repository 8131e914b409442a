import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'

// House rules that no linter states as plainly. Each names the files it binds and what it forbids there.
const rules = [
  {
    rule: 'a file fits in the head (300 lines)',
    where: /\.ts$/,
    broken: (text: string) => text.split('\n').length > 301,
  },
  {
    rule: 'interfaces carry no I prefix',
    where: /\.ts$/,
    broken: (text: string) => /\binterface I[A-Z][a-z]/.test(text),
  },
  {
    rule: 'only commands export default',
    where: /^(src|daemon)\//,
    broken: (text: string) => /^export default/m.test(text),
  },
  {
    rule: 'time comes from the clock',
    where: /^(src\/(?!kernel\/clock)|daemon\/|commands\/)/,
    broken: (text: string) => /\bDate\.now\(\)|new Date\(\)/.test(text),
  },
  {
    rule: 'the environment is read in src/app/config only',
    where: /^(src\/(?!app\/config)|commands\/|daemon\/)/,
    broken: (text: string) => /\bprocess\.env\b/.test(text),
  },
  {
    rule: 'the terminal belongs to src/cli',
    where: /^(src\/(?!cli\/)|daemon\/|commands\/)/,
    broken: (text: string) => /\bconsole\.\w+\(/.test(text),
  },
  {
    rule: 'SQL lives in src/adapters/postgres',
    where: /^(src\/(?!adapters\/postgres\/)|commands\/|daemon\/)/,
    broken: (text: string) =>
      /\b(select\s[^'"`]*\sfrom\s+[a-z_]+|insert into [a-z_]+|update \w+ set|delete from [a-z_]+)\b/.test(
        text,
      ),
  },
  {
    rule: 'nothing is left for later',
    where: /\.(ts|mjs|js|sql|md)$/,
    broken: (text: string) => /\b(TODO|FIXME|XXX)\b|@ts-ignore|@ts-nocheck|\bas any\b/.test(text),
  },
]

// Folders that are lists by nature.
const wide = ['migrations']

const vagueNames = /^(util|utils|helper|helpers|common|misc|shared|lib|types|manager|index)\.ts$/

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const sources = tracked.filter(
  (file) => /^(src|commands|daemon|migrations|test|scripts|bin)\//.test(file) && file !== 'test/tidy.test.ts',
)

describe('tidy', () => {
  it('names every file after what it holds', () => {
    expect(sources.filter((file) => vagueNames.test(basename(file)))).to.deep.equal([])
  })

  it('keeps a folder to what can be taken in (15 files)', () => {
    const counts = new Map<string, number>()
    for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
    expect([...counts].filter(([folder, count]) => count > 15 && !wide.includes(folder))).to.deep.equal([])
  })

  it('has a way down for every migration up', () => {
    const migrations = tracked.filter((file) => file.startsWith('migrations/'))
    const ups = migrations.filter((file) => file.endsWith('.up.sql'))
    expect(ups.filter((file) => !migrations.includes(file.replace('.up.sql', '.down.sql')))).to.deep.equal([])
    expect(ups).not.to.have.length(0)
  })

  for (const { rule, where, broken } of rules) {
    it(rule, () => {
      const offenders = sources.filter((file) => where.test(file) && broken(readFileSync(file, 'utf8')))
      expect(offenders).to.deep.equal([])
    })
  }
})
