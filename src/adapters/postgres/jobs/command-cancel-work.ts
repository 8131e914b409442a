import type { CommandControl } from '../../../messaging/commands/command-control.ts'
import type { ItemWork } from './item-work.ts'

/** Cancels the commands of a `command.cancel` job. Cancelling is idempotent: what is cancelled already is skipped. */
export function commandCancelWork(control: Pick<CommandControl, 'cancel'>): ItemWork {
  return {
    kind: 'command.cancel',
    carryOut: async (_client, job, item) => {
      const [result] = await control.cancel(
        job.tenantId,
        [item.target],
        job.actor,
        job.reason ?? `job/${job.id}`,
      )
      if (result === undefined) return { status: 'skipped', note: 'There is no command with this id.' }
      return result.state === 'done'
        ? { status: 'done', note: 'cancelled' }
        : { status: 'skipped', note: result.why }
    },
  }
}
