import { expect } from 'chai'
import { signing } from '../../app/adapters/webhooks/loopback-vendors.ts'
import { WebhookSetup } from '../../app/adapters/webhooks/webhook-setup.ts'
import { buildCli, runBuiltCli } from '../../support/cli/built-cli.ts'
import type { CliResult } from '../../support/cli/built-cli.ts'
import { envelopeOf } from '../../support/cli/envelope.ts'

describe('neuronx adapter webhooks', function () {
  this.timeout(240_000)
  let setup: WebhookSetup
  const said: string[] = []
  before(async () => {
    buildCli()
    setup = await WebhookSetup.start()
  })
  after(async () => setup[Symbol.asyncDispose]())
  beforeEach(() => setup.reset())
  afterEach(() => expect(said.join('\n')).to.not.match(/whsec_|the-token|the-key/))

  async function run(words: string, publicUrl = 'https://hooks.example.com'): Promise<CliResult> {
    const { databaseUrl, masterKeyFile, dataDir } = setup.system.settings
    const env = {
      NEURONX_DATABASE_URL: databaseUrl ?? '',
      NEURONX_MASTER_KEY_FILE: masterKeyFile ?? '',
      NEURONX_DATA_DIR: dataDir,
      NEURONX_EGRESS_ALLOW_PRIVATE: 'true',
      NEURONX_TENANT: 'acme',
      NEURONX_PUBLIC_URL: publicUrl,
    }
    const result = await runBuiltCli(['adapter', 'webhooks', ...words.split(' ')], { env })
    said.push(result.stdout, result.stderr)
    return result
  }
  const ended = async (words: string, publicUrl?: string): Promise<readonly unknown[]> => {
    const { code, stdout } = await run(`${words} --json`, publicUrl)
    return [code, envelopeOf(stdout).error?.code]
  }

  it('shows the address, and what to do where a person tells the vendor', async () => {
    expect(await ended('chat', '')).to.deep.equal([78, 'NX-WEBHOOK-PUBLIC-URL'])
    expect(await ended('chat', 'http://hooks.example.com')).to.deep.equal([78, 'NX-WEBHOOK-NOT-HTTPS'])
    const shown = await run('chat')
    expect(shown.code, shown.stderr).to.equal(0)
    expect(shown.stdout).to.match(/^3\. .*https:\/\/hooks\.example\.com\/v1\/hooks\/acme\/chat/m)
    expect(await ended('chat --register')).to.deep.equal([1, 'NX-WEBHOOK-BY-HAND'])
    expect((await ended('sms --register --remove'))[0]).to.equal(64)
    const { code, stdout } = await run('cht --json')
    expect([code, envelopeOf(stdout).error?.fix]).to.deep.equal([66, "Did you mean 'chat'?"])
  })

  it('asks nobody who is not there: it refuses to overwrite and to remove without --yes', async () => {
    const other = { sms_url: 'https://other.example/x', status_callback: 'https://other.example/x' }
    setup.vendor.number = { ...setup.vendor.number, ...other }
    expect((await run('sms')).code).to.equal(1)
    for (const words of ['sms --register', 'sms --register --json'])
      expect((await run(words)).code, words).to.equal(64)
    expect(setup.vendor.number).to.include(other)
    const made = await run('sms --register --yes')
    expect([made.code, made.stdout.includes('sends here')], made.stderr).to.deep.equal([0, true])
    expect((await run('sms')).code).to.equal(0)
    expect((await run('sms --remove --json')).code).to.equal(64)
    expect(setup.vendor.number).to.include({ sms_method: 'POST' }).and.not.include({ sms_url: '' })
    expect((await run('sms --remove --yes')).code).to.equal(0)
    expect(setup.vendor.number).to.include({ sms_url: '', status_callback: '' })
  })

  it('ends as the vendor then is, not as it says', async () => {
    setup.vendor.ignoresChanges = true
    const { code, stdout } = await run('sms --register')
    expect([code, stdout.includes('does not send here')]).to.deep.equal([1, true])
    setup.vendor.changesLost = true
    expect(await ended('sms --register')).to.deep.equal([69, 'NX-CALL-NO-ANSWER'])
  })

  it('stores what is signed with, and shows it nowhere', async () => {
    const made = await run('mail --register --json')
    expect(made.code, made.stderr).to.equal(0)
    expect(envelopeOf(made.stdout).data).to.include({ secretStored: 'mail-hook' })
    expect(await setup.opened('mail-hook')).to.equal(signing)
  })
})
