import type { SendJudge, SendVerdict } from '../../src/messaging/commands/cleared-command.ts'
import { ClearedCommand } from '../../src/messaging/commands/cleared-command.ts'
import type { LeasedCommand } from '../../src/messaging/commands/command.ts'

const allowed: SendVerdict = { state: 'allow', input: null, message: null, holdsSlot: false }

/** A judge without policies, for tests that are about something else. */
export const openGate: SendJudge = { judge: async (claimed) => claimed.map(() => allowed) }

/** One command through the open gate. */
export async function cleared(leased: LeasedCommand): Promise<ClearedCommand> {
  const [passage] = await ClearedCommand.passGate(openGate, [leased])
  if (passage?.state !== 'cleared') throw new Error('The open gate was shut')
  return passage.command
}
