import { Command } from '@oclif/core'

export default class TenantList extends Command {
  static description = 'A command that does nothing.'
  static enableJsonFlag = true

  async run() {
    await this.parse(TenantList)
  }
}
