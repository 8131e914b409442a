import { checkCommands } from './check-commands.ts'
import { checkEvents } from './check-events.ts'
import type { History, Violation } from './history.ts'

/** Every broken promise of a run (I1 to I6); none when all were kept. The rest (I7, I8) is in what the run measured. */
export function checkHistory(history: History): readonly Violation[] {
  return [...checkEvents(history), ...checkConflicts(history), ...checkCommands(history)]
}

/** The writers repeat requests unchanged: a conflict would mean that the same body was taken for another one. */
function checkConflicts({ operations }: History): readonly Violation[] {
  return operations
    .filter(({ detail }) => detail?.startsWith('409') === true)
    .map(({ counter }) => ({
      invariant: 'I1',
      what: 'an unchanged repeat was called a conflict',
      subject: counter,
    }))
}
