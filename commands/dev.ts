import { boolean, string } from '@oclif/core/flags'
import { NeuronxCommand } from '../src/cli/neuronx-command.ts'

export default class Dev extends NeuronxCommand<void> {
  static override readonly style = 'service'
  static override summary = 'Run everything on this machine: Postgres, NATS and the daemon.'
  static override description =
    'Starts an embedded Postgres and nats-server on free loopback ports with their data under the data directory, migrates, and runs the daemon in the foreground. Prints `ready http=… database=… nats=…` when it serves (and `fake.NAME=…` for each fake), the only line on standard output, and writes DATA_DIR/env: a second shell does `. DATA_DIR/env && neuronx …` against it. Integrations may reach private addresses. --fake plays vendors on this machine: integrations of these connectors reach the fake and never the vendor, with any secret or none. Ctrl-C stops everything and keeps the data.'
  static override examples = [
    { description: 'In this folder:', command: 'neuronx dev' },
    {
      description: 'With its own data and port:',
      command: 'neuronx dev --data-dir /tmp/nx --http-listen 127.0.0.1:8081',
    },
    { description: 'With vendors that are not there:', command: 'neuronx dev --fake gohighlevel,slack' },
  ]
  static override flags = {
    'data-dir': string({
      summary: 'Where the data lies. Default: .neuronx in this folder.',
      helpValue: 'DIR',
    }),
    'http-listen': string({
      summary: 'Where the gateway listens. Default: 127.0.0.1:8080, or a free port when that is taken.',
      helpValue: 'HOST:PORT',
    }),
    'ops-listen': string({
      summary: 'Where metrics are served. Default: 127.0.0.1:9464, or a free port.',
      helpValue: 'HOST:PORT',
    }),
    'log-level': string({
      options: ['debug', 'info', 'warn', 'error'],
      summary: 'What to log.',
      helpValue: 'LEVEL',
    }),
    fake: string({
      summary: 'Play these vendors on this machine: names of connectors, separated by commas.',
      helpValue: 'NAMES',
    }),
    quiet: boolean({ char: 'q', summary: 'Log to DATA_DIR/daemon.log instead of standard error.' }),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(Dev)
    const { freeListenDefaults } = await import('../src/app/free-listen.ts')
    const fakes =
      flags.fake === undefined
        ? []
        : (await import('../src/app/fakes/start-fakes.ts')).readFakeNames(flags.fake)
    const settings = await this.settings(flags, await freeListenDefaults())
    const { runDev } = await import('../src/app/dev.ts')
    await runDev(settings, { quiet: flags.quiet, fakes, print: (line) => this.output.print(line) })
  }

  protected override render(): void {
    // The stack reports for itself.
  }
}
