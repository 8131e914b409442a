import type pg from 'pg'
import { runAlone } from '../connection/transaction.ts'
import * as rollouts from './rollout-statements.ts'

/** Rollouts that are over and still have rows that only the judge needed. */
const over = {
  name: 'rollout_over',
  text: `
select r.id from rollout r
where r.ended_at < now() - interval '1 hour' and (
  exists (select from rollout_unit u where u.rollout_id = r.id and u.arm = 'b')
  or exists (select from rollout_unit u where u.rollout_id = r.id and u.arm = 'p')
  or exists (select from rollout_command c where c.rollout_id = r.id and c.arm = 'b')
  or exists (select from rollout_tally t where t.rollout_id = r.id))
order by r.ended_at limit 1`,
}

const units = {
  name: 'rollout_forget_units',
  text: `
delete from rollout_unit where ctid = any(array(
  select ctid from rollout_unit where rollout_id = $1 and arm in ('b', 'p') limit $2)) returning 1 as gone`,
}

const commands = {
  name: 'rollout_forget_commands',
  text: `
delete from rollout_command where ctid = any(array(
  select ctid from rollout_command where rollout_id = $1 and arm = 'b' limit $2)) returning 1 as gone`,
}

const tallies = {
  name: 'rollout_forget_tallies',
  text: `
delete from rollout_tally where n in (select n from rollout_tally where rollout_id = $1 order by n limit $2) returning 1 as gone`,
}

/** Deletes what only the judge needed of one rollout that ended an hour ago or more, at most `limit` rows. */
export async function forgetObservations(pool: pg.Pool, limit: number): Promise<number> {
  await runAlone(pool, rollouts.forgetAcks, [])
  const [rollout] = await runAlone<{ id: string }>(pool, over, [])
  if (rollout === undefined) return 0
  let gone = 0
  for (const statement of [units, commands, tallies]) {
    if (gone >= limit) break
    gone += (await runAlone(pool, statement, [rollout.id, limit - gone])).length
  }
  return gone
}
