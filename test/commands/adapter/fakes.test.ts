import { expect } from 'chai'
import { startFakes } from '../../../src/app/fakes/start-fakes.ts'
import type { RunningFakes } from '../../../src/app/fakes/start-fakes.ts'
import { writeFakes } from '../../../src/app/fakes/fakes-file.ts'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import type { CliResult } from '../../support/cli/built-cli.ts'
import { temporaryFolder } from '../../support/cli/temporary-folder.ts'

describe('neuronx fake', function () {
  this.timeout(120_000)
  let fakes: RunningFakes
  let place: Awaited<ReturnType<typeof temporaryFolder>>

  before(async () => {
    buildCli()
    place = await temporaryFolder()
    fakes = await startFakes(['slack', 'resend'], () => {})
    await writeFakes(place.path, 'postgres://x@127.0.0.1/x', fakes.urls)
  })
  after(async () => {
    await fakes.stop()
    await place[Symbol.asyncDispose]()
  })

  const run = async (...args: readonly string[]): Promise<CliResult> =>
    await runBuiltCli(['fake', ...args, '--data-dir', place.path])
  const json = async (...args: readonly string[]) => {
    const { stdout, code } = await run(...args, '--json')
    return { code, ...(JSON.parse(stdout) as { ok: boolean; data: JsonObject; error?: JsonObject }) }
  }
  const post = async (): Promise<number> => {
    const { status } = await fetch(`${fakes.urls.get('slack')}/_to/acme/chat/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-secret-1', 'content-type': 'application/x-www-form-urlencoded' },
      body: 'channel=C1&text=Hello',
    })
    return status
  }

  it('fault, calls and reset, for people', async () => {
    const fault = await run(
      'fault',
      'slack',
      'rate_limited',
      '--operation',
      'message.send',
      '--after',
      '2000',
    )
    expect([fault.code, fault.stdout]).to.deep.equal([
      0,
      `slack (${fakes.urls.get('slack')}) will fail:\n  rate_limited, once, for message.send, 2000 ms\n`,
    ])
    expect([await post(), await post()]).to.deep.equal([429, 200])
    const calls = await run('calls', 'slack')
    expect(calls.stdout).to.contain('message.send').and.contain('acme/chat').and.contain('429')
    expect(calls.stdout).to.not.contain('xoxb-secret-1')
    const reset = await run('reset')
    expect(reset.stdout).to.match(/slack \(\S+\) answers as it should\nresend/)
    expect((await run('calls')).stderr).to.contain('Nobody has called')
  })

  it('and for scripts', async () => {
    await post()
    const { data } = await json('calls')
    const [call] = data['calls'] as unknown as readonly JsonObject[]
    expect(call).to.include({ fake: 'slack', operation: 'message.send', tookEffect: true, status: 200 })
    expect(call).to.not.have.property('headers')
    expect((await json('fault', 'resend', 'html', '--count', '2')).data['faults']).to.deep.equal([
      { kind: 'html', operation: null, count: 2, afterMs: null },
    ])
    expect((await json('reset', 'resend')).data['fakes']).to.deep.equal([
      { fake: 'resend', url: fakes.urls.get('resend'), faults: [] },
    ])
  })

  it('says what is wrong, and what to do', async () => {
    expect((await json('calls', 'slak')).error).to.include({
      code: 'NX-FAKE-NAME',
      fix: "Did you mean 'slack'?",
    })
    const unknown = await json('fault', 'slack', 'html', '--operation', 'message.sent')
    expect(unknown.error).to.include({ code: 'NX-FAKE-FAULT' })
    expect(String(unknown.error?.['detail'] ?? JSON.stringify(unknown.error))).to.contain('message.send')
    expect((await run('fault', 'slack', 'explode')).code).to.equal(64)
    await using empty = await temporaryFolder()
    const none = await runBuiltCli(['fake', 'calls', '--data-dir', empty.path])
    expect(none.stderr).to.contain('NX-FAKE-NONE').and.contain('neuronx dev --fake')
  })

  it('says so when they do not run any more', async () => {
    await fakes.stop()
    expect((await json('calls')).error).to.include({ code: 'NX-FAKE-UNREACHABLE' })
    expect((await run('calls')).code).to.equal(69)
  })
})
