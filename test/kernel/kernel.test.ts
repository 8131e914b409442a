import { expect } from 'chai'
import fc from 'fast-check'
import { formatDuration, parseDuration } from '../../src/kernel/duration.ts'
import { digestOf } from '../../src/kernel/digest.ts'
import { derivedId, isUuid, newId } from '../../src/kernel/ids.ts'
import { canonicalJson, readPath, withPath } from '../../src/kernel/json.ts'
import type { JsonValue } from '../../src/kernel/json.ts'
import { Releasers } from '../../src/kernel/releasers.ts'
import { startAll, stopAll, stoppedTogether } from '../../src/kernel/service.ts'

describe('durations', () => {
  it('read back what they print', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 315_360_000_000 }),
        (ms) => parseDuration(formatDuration(ms)) === ms,
      ),
    )
  })

  for (const text of ['', '5', 's', '1x', '-1s', '1.5h', '3h2d', ' 1s', '4000d']) {
    it(`refuse '${text}' with a fix`, () => {
      expect(() => parseDuration(text))
        .to.throw()
        .with.property('code', 'NX-DURATION')
    })
  }
})

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).toReversed())
        expect(canonicalJson(reversed as JsonValue)).to.equal(canonicalJson(object as JsonValue))
      }),
    )
  })

  it('is JSON that means the same', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(canonicalJson(value as JsonValue))).to.deep.equal(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('tells different values apart', () => {
    expect(digestOf({ a: 1 })).not.to.equal(digestOf({ a: '1' }))
  })
})

describe('paths', () => {
  it('read what was written, and never a prototype', () => {
    expect(readPath(withPath({ a: 1 }, 'b.c.d', 5), 'b.c.d')).to.equal(5)
    expect(readPath({}, '__proto__')).to.equal(undefined)
    expect(readPath({ a: {} }, 'a.constructor')).to.equal(undefined)
    withPath({}, '__proto__.polluted', true)
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined)
  })
})

describe('ids', () => {
  it('are sortable by time when new', () => {
    const ids = Array.from({ length: 1_000 }, () => newId())
    expect(ids.toSorted()).to.deep.equal(ids)
    expect(ids.every(isUuid)).to.be.true
  })

  it('are the same for the same cause and differ however the parts are cut', () => {
    expect(derivedId('ab', 'c')).to.equal(derivedId('ab', 'c'))
    expect(derivedId('ab', 'c')).not.to.equal(derivedId('a', 'bc'))
    fc.assert(fc.property(fc.array(fc.string(), { minLength: 1 }), (parts) => isUuid(derivedId(...parts))))
  })
})

describe('services', () => {
  const service = (name: string, log: string[], fails = false) => ({
    name,
    start: async () => {
      if (fails) throw new Error(`${name} refuses`)
      log.push(`start ${name}`)
    },
    stop: async () => void log.push(`stop ${name}`),
  })

  it('stop those already running when one refuses to start', async () => {
    const log: string[] = []
    const failure = await startAll([service('a', log), service('b', log), service('c', log, true)]).catch(
      (error: Error) => error.message,
    )
    expect(failure).to.equal('c refuses')
    expect(log).to.deep.equal(['start a', 'start b', 'stop b', 'stop a'])
  })

  it('stop last-started first', async () => {
    const log: string[] = []
    await stopAll([service('a', log), service('b', log)])
    expect(log).to.deep.equal(['stop b', 'stop a'])
  })

  it('that stop together do not wait for each other, and every failure is told', async () => {
    const log: string[] = []
    let release = (): void => {}
    const slow = {
      name: 'slow',
      start: async () => {},
      stop: async () => await new Promise<void>((resolve) => (release = resolve)),
    }
    const stuck = {
      name: 'stuck',
      start: async () => {},
      stop: async () => Promise.reject(new Error('stuck')),
    }
    const group = stoppedTogether('group', [slow, stuck, service('b', log)])
    await group.start()
    const stopped = group.stop().catch((error: AggregateError) => error.errors.map(String))
    expect(log).to.deep.equal(['start b', 'stop b'])
    release()
    expect(await stopped).to.deep.equal(['Error: stuck'])
  })
})

describe('releasers', () => {
  it('close in reverse order and report every failure', async () => {
    const log: string[] = []
    const releasers = new Releasers()
    releasers.own('a', () => void log.push('a'))
    releasers.own('b', () => {
      throw new Error('b stuck')
    })
    releasers.own('c', () => void log.push('c'))
    const failure = await releasers[Symbol.asyncDispose]().catch((error: unknown) => error)
    expect(log).to.deep.equal(['c', 'a'])
    expect(failure).to.be.instanceOf(AggregateError)
  })
})
