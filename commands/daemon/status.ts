import { string } from '@oclif/core/flags'
import { exitCodes } from '../../src/cli/errors/exit-codes.ts'
import { NeuronxCommand } from '../../src/cli/neuronx-command.ts'
import { askOpsHealth } from '../../src/cli/ops-health.ts'
import type { OpsHealth } from '../../src/cli/ops-health.ts'
import { plainText } from '../../src/cli/text/plain-text.ts'
import { renderJson } from '../../src/cli/views/render-json.ts'

export default class DaemonStatus extends NeuronxCommand<OpsHealth> {
  static override summary = 'Ask the daemon of this machine how it is.'
  static override description =
    'Reads its ops listener: ready or not, and each check. Exit code 0 when it is ready, 75 when it is not yet or no longer, 69 when nobody answers.'
  static override examples = [
    { description: 'By the address of the settings:', command: 'neuronx daemon status' },
    { description: 'Another one:', command: 'neuronx daemon status --ops-listen 127.0.0.1:9465 --json' },
  ]
  static override flags = {
    'ops-listen': string({ summary: 'Where the daemon serves its health.', helpValue: 'HOST:PORT' }),
  }

  override async run(): Promise<OpsHealth> {
    const { flags } = await this.parse(DaemonStatus)
    const { opsListen } = await this.settings(flags)
    const health = await askOpsHealth(opsListen)
    if (!health.ready) this.endWith(exitCodes.tryLater)
    return health
  }

  protected override render(health: OpsHealth): void {
    const { good, bad } = this.output.theme
    this.output.print(health.ready ? good('ready') : bad(`not ready (${health.httpStatus})`))
    const { checks } = health
    if (checks !== '')
      this.output.print(typeof checks === 'string' ? plainText(checks.trimEnd()) : renderJson(checks))
  }
}
