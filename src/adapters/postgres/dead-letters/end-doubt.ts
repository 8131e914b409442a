import type pg from 'pg'
import type { Clock } from '../../../kernel/clock.ts'
import { commandColumns } from '../commands/command-row.ts'
import { leasedOfRow } from '../commands/leased-row.ts'
import type { LeasedRow } from '../commands/leased-row.ts'
import { endDoubt } from '../commands/settle-doubt.ts'
import type { DoubtEnd } from '../commands/settle-doubt.ts'
import { run } from '../connection/transaction.ts'

const lockDoubt = {
  name: 'letter_doubt_lock',
  text: `
select l.run_lease::text as run_lease, l.attempt, l.first_attempt_at, ${commandColumns}
from (select * from command_lane where command_id = $1 and state = 'in_doubt' for update) l
join command c on c.id = l.command_id`,
}

/** Ends the doubt about the command of a letter, so that its lane goes on. Without effect when it is not in doubt. */
export async function endDoubtOf(
  client: pg.ClientBase,
  commandId: string,
  end: DoubtEnd,
  by: { readonly by: string; readonly evidence: string },
  clock: Clock,
): Promise<void> {
  const [row] = await run<LeasedRow>(client, lockDoubt, [commandId])
  if (row !== undefined) await endDoubt(client, leasedOfRow(row, 0), end, by, clock)
}
