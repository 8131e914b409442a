import { digestOf } from '../../../../src/kernel/digest.ts'
import { derivedId } from '../../../../src/kernel/ids.ts'
import type { IntakeRequest } from '../../../../src/messaging/intake/event-intake.ts'
import type { EntityRef } from '../../../../src/messaging/events/event.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { acmeId, someEvent } from '../../../support/events.ts'
import type { SeededRandom } from '../../../support/seeded-random.ts'
import type { Producer } from '../producer.ts'
import type { SimulatedWorld } from '../world/simulated-daemon.ts'

const actionsMax = 12

/** Members of the team: they close tasks that they find open, and sign off and on. */
export function letPeopleWork(
  { time, database }: SimulatedWorld,
  random: SeededRandom,
  producer: Producer,
): void {
  for (let nth = 0; nth < actionsMax; nth += 1)
    time.schedule(
      random.between(3_000, 60_000),
      () => {
        const open = database.entities.entities.filter(
          ({ ref, fields }) => ref.kind === 'task' && fields['status'] === 'open',
        )
        if (random.chance(0.3) || open.length === 0) {
          const rep = { kind: 'rep', id: random.pick(['sara', 'omar']) }
          producer.post(requestOf(nth, 'rep.availability', rep, { available: random.chance(0.6) }))
        } else producer.post(requestOf(nth, 'task.completed', random.pick(open).ref, { outcome: 'reached' }))
      },
      undefined,
    )
}

function requestOf(nth: number, type: string, subject: EntityRef, data: JsonObject): IntakeRequest {
  const externalId = `rep${nth}`
  const event = someEvent({ id: derivedId('simulated', externalId), externalId, type, subject, data })
  return {
    tenantId: acmeId,
    events: [{ event, digest: digestOf(externalId), horizonMs: 86_400_000, onConflict: 'conflict' }],
    deadLetters: [],
  }
}
