import { expect } from 'chai'
import { plainLine, plainText, withoutPasswords } from '../../../src/cli/text/plain-text.ts'
import { relativeTime, shortDuration } from '../../../src/cli/text/relative-time.ts'
import { renderTree } from '../../../src/cli/views/render-tree.ts'
import { cutTo, padTo, textWidth } from '../../../src/cli/text/text-width.ts'
import { isColored } from '../../../src/cli/text/theme.ts'
import { fakeOutput } from '../../support/cli/fake-output.ts'

describe('plainText', () => {
  it('disarms escape sequences and text that runs backwards', () => {
    expect(plainText('a\u001b[31mb\u202ec\u0007')).to.equal('a·[31mb·c·')
  })

  it('keeps line breaks; plainLine makes one line of them', () => {
    expect(plainText('a\r\nb\tc')).to.equal('a\nb\tc')
    expect(plainLine('a\r\nb\tc')).to.equal('a⏎b c')
  })
})

describe('withoutPasswords', () => {
  it('takes the password out of every URL in a text', () => {
    const text = 'connect postgres://u:hunter2@h/db, nats://a:b%40c@n:4222 failed'
    expect(withoutPasswords(text)).to.equal('connect postgres://u:***@h/db, nats://a:***@n:4222 failed')
  })

  it('leaves URLs without a password as they are', () => {
    expect(withoutPasswords('http://user@h:80/a:b@c')).to.equal('http://user@h:80/a:b@c')
  })
})

describe('text width', () => {
  it('counts wide characters twice and combined ones once', () => {
    expect([textWidth('abc'), textWidth('日本'), textWidth('e\u0301'), textWidth('🙂')]).to.deep.equal([
      3, 4, 1, 2,
    ])
  })

  it('pads and cuts by columns, not by characters', () => {
    expect(padTo('日', 4)).to.equal('日  ')
    expect(cutTo('日本語', 5)).to.equal('日本…')
    expect(cutTo('abc', 3)).to.equal('abc')
  })
})

describe('isColored', () => {
  it('lets NO_COLOR win, then FORCE_COLOR, then the terminal', () => {
    expect(isColored({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).to.be.false
    expect(isColored({ NO_COLOR: '' }, true)).to.be.true
    expect(isColored({ FORCE_COLOR: '1' }, false)).to.be.true
    expect(isColored({ FORCE_COLOR: '0' }, true)).to.be.false
    expect(isColored({ TERM: 'dumb' }, true)).to.be.false
    expect(isColored({}, false)).to.be.false
  })
})

describe('relativeTime', () => {
  const now = new Date('2026-01-01T12:00:00Z')

  it('names the two largest units', () => {
    expect(relativeTime('2026-01-01T11:56:39.500Z', now)).to.equal('3m21s ago')
    expect(relativeTime('2026-01-01T12:05:00Z', now)).to.equal('in 5m')
    expect(relativeTime(null, now)).to.equal('-')
  })

  it('keeps tenths below ten seconds', () => {
    expect([shortDuration(42), shortDuration(3_240), shortDuration(90_061_000)]).to.deep.equal([
      '42ms',
      '3.2s',
      '1d1h',
    ])
  })
})

describe('renderTree', () => {
  const tree = {
    kind: 'event',
    title: 'lead.created',
    notes: ['+0ms', null],
    children: [
      {
        kind: 'rule',
        title: 'a',
        notes: [],
        children: [{ kind: 'command', title: 'b', notes: [], children: [] }],
      },
      { kind: 'score', title: 'c', notes: [], children: [] },
    ],
  }

  it('uses ASCII where box characters may not be had', () => {
    expect(renderTree(tree, fakeOutput()).split('\n')).to.deep.equal([
      'event       lead.created  +0ms',
      '|- rule        a',
      '|  `- command     b',
      '`- score       c',
    ])
  })

  it('uses box characters on a UTF-8 terminal', () => {
    const output = fakeOutput({ columns: 80, environment: { LANG: 'C.UTF-8', NO_COLOR: '1' } })
    expect(renderTree(tree, output))
      .to.include('├─ rule')
      .and.to.include('│  └─ command')
      .and.to.include('└─ score')
  })
})
