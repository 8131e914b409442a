import { string } from '@oclif/core/flags'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'

export default class DaemonRun extends NeuronxCommand<void> {
  static override readonly style = 'service'
  static override summary = 'Run the daemon in the foreground.'
  static override description =
    'Takes events in over HTTP, publishes the outbox, applies rules and workflows, carries out commands. Any number of daemons share the work. SIGTERM and SIGINT drain and end; a second one ends at once. Logs JSON lines to stdout.'
  static override examples = [
    { description: 'With the settings of the environment:', command: 'neuronx daemon run' },
    {
      description: 'On another address:',
      command: 'neuronx daemon run --http-listen 0.0.0.0:8080 --log-level debug',
    },
  ]
  static override flags = {
    'http-listen': string({ summary: 'Where the public gateway listens.', helpValue: 'HOST:PORT' }),
    'ops-listen': string({ summary: 'Where metrics and health details are served.', helpValue: 'HOST:PORT' }),
    'log-level': string({
      options: ['debug', 'info', 'warn', 'error'],
      summary: 'What to log.',
      helpValue: 'LEVEL',
    }),
  }

  override async run(): Promise<void> {
    const { flags } = await this.parse(DaemonRun)
    const settings = await this.settings(flags)
    const { runDaemon } = await import('../../daemon/run-daemon.ts')
    await runDaemon(settings)
  }

  protected override render(): void {
    // The daemon logs for itself.
  }
}
