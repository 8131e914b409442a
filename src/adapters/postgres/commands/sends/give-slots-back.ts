import type pg from 'pg'
import { run } from '../../connection/transaction.ts'

const giveBack = {
  name: 'slots_give_back',
  text: 'delete from send_slot where command_id = any($1::uuid[])',
}

/** Frees what these commands hold under frequency caps: they certainly did not go out. */
export async function giveSlotsBack(client: pg.ClientBase, commandIds: readonly string[]): Promise<void> {
  if (commandIds.length > 0) await run(client, giveBack, [commandIds])
}
