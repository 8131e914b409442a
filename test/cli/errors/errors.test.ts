import { expect } from 'chai'
import { NxError } from '../../../src/kernel/errors.ts'
import type { ErrorKind } from '../../../src/kernel/errors.ts'
import { errorEnvelope, resultEnvelope, schemaOf } from '../../../src/cli/envelope.ts'
import { reportOf } from '../../../src/cli/errors/error-report.ts'
import { exitCodeOf } from '../../../src/cli/errors/exit-codes.ts'
import { renderError } from '../../../src/cli/errors/render-error.ts'
import { unknownCommand } from '../../../src/cli/errors/unknown-command.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'

const expected: Readonly<Record<ErrorKind, number>> = {
  usage: 64,
  invalid: 65,
  not_found: 66,
  conflict: 1,
  unauthenticated: 4,
  denied: 77,
  unreachable: 69,
  unavailable: 75,
  configuration: 78,
  io: 74,
  timeout: 124,
  bug: 70,
}

describe('exit codes', () => {
  for (const [kind, code] of Object.entries(expected) as [ErrorKind, number][]) {
    it(`gives a failure of kind ${kind} the code ${code}`, () => {
      expect(exitCodeOf(kind)).to.equal(code)
      expect(reportOf(new NxError(kind, 'NX-X', 'x')).exit).to.equal(code)
    })
  }
})

describe('reportOf', () => {
  it('keeps code, place and fix of an NxError', () => {
    const error = new NxError('invalid', 'NX-X', 'Wrong', {
      detail: 'why',
      where: { file: 'a.yaml', line: 3 },
      fix: 'do',
      retryable: true,
    })
    expect(reportOf(error)).to.deep.equal({
      code: 'NX-X',
      exit: 65,
      retryable: true,
      title: 'Wrong',
      detail: 'why',
      where: { file: 'a.yaml', line: 3 },
      fix: 'do',
    })
  })

  it('takes the cause for a missing detail', () => {
    expect(reportOf(new NxError('io', 'NX-X', 'Wrong', { cause: new Error('ENOSPC') })).detail).to.equal(
      'ENOSPC',
    )
  })

  it('calls anything else a bug, without its stack', () => {
    const report = reportOf(new TypeError('x is not a function'))
    expect([report.code, report.exit, report.detail]).to.deep.equal(['NX-BUG', 70, 'x is not a function'])
  })

  it('calls a refused connection unreachable and a full disk an I/O failure', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    })
    const full = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC', syscall: 'write' })
    expect([reportOf(new AggregateError([refused])).exit, reportOf(full).exit]).to.deep.equal([69, 74])
  })

  it('lets no password and no escape code into any of its texts', () => {
    const evil = 'postgres://u:hunter2@h \u001b[2J'
    const report = reportOf(new NxError('io', 'NX-X', evil, { detail: evil, fix: evil }))
    expect(JSON.stringify(report)).to.not.include('hunter2').and.to.not.include('\\u001b')
  })

  it('bounds its texts', () => {
    expect(JSON.stringify(reportOf(new Error('x'.repeat(1_000_000)))).length).to.be.below(8_000)
  })
})

describe('renderError', () => {
  it('says code, place, why and fix, each on its line, the stack only when given', () => {
    const report = reportOf(
      new NxError('invalid', 'NX-X', 'Wrong', {
        detail: 'one\ntwo',
        where: { file: 'a', line: 1, column: 2, path: 'x.y' },
        fix: 'do',
      }),
    )
    expect(renderError(report, fakeOutput()).split('\n')).to.deep.equal([
      'error NX-X  Wrong',
      '  where  a:1:2  x.y',
      '  why    one',
      '         two',
      '  fix    do',
    ])
    expect(renderError(report, fakeOutput(), 'Error: at x')).to.include('  stack  Error: at x')
  })
})

describe('envelopes', () => {
  const meta = { command: 'tenant:list', version: '1.0.0', ms: 3 }

  it('name their schema after the command', () => {
    expect([schemaOf('tenant:list'), schemaOf('db:migrate'), schemaOf('top')]).to.deep.equal([
      'neuronx/v1/TenantList',
      'neuronx/v1/DbMigrate',
      'neuronx/v1/Top',
    ])
  })

  it('carry data with ok for 0, changes and pending, and without for the rest', () => {
    const ok = (code: number): unknown =>
      (JSON.parse(resultEnvelope([1], code, [], meta)) as { ok: unknown }).ok
    expect([0, 2, 8, 1, 3, 78].map(ok)).to.deep.equal([true, true, true, false, false, false])
  })

  it('carry an error with exactly its seven members', () => {
    const envelope = JSON.parse(errorEnvelope(reportOf(new Error('x')), meta)) as {
      ok: boolean
      error: object
    }
    expect(envelope.ok).to.be.false
    expect(Object.keys(envelope.error)).to.have.members([
      'code',
      'exit',
      'retryable',
      'title',
      'detail',
      'where',
      'fix',
    ])
  })
})

describe('unknownCommand', () => {
  const commands = ['config validate', 'db migrate', 'event publish', 'tenant create', 'tenant list', 'top']
  const topics = ['config', 'db', 'event', 'tenant']
  const fix = (...words: string[]): string | undefined => unknownCommand(words, commands, topics).fix

  it('finds a slip in either word, also with arguments behind it', () => {
    expect(fix('tenat', 'list')).to.equal('neuronx tenant list')
    expect(fix('tenant', 'craete', 'acme')).to.equal('neuronx tenant create')
    expect(fix('tpo')).to.equal('neuronx top')
  })

  it('knows what people say instead', () => {
    expect(fix('tenant', 'ls')).to.equal('neuronx tenant list')
    expect(fix('migrate')).to.equal('neuronx db migrate')
  })

  it('lists the commands of a topic that came alone', () => {
    expect(unknownCommand(['tenant'], commands, topics).detail).to.equal('tenant create, tenant list')
  })

  it('offers nothing when nothing is near', () => {
    expect(unknownCommand(['xyzzy'], commands, topics).detail).to.equal(undefined)
  })
})
