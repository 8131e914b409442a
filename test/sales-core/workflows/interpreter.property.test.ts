import { expect } from 'chai'
import fc from 'fast-check'
import { stringify } from 'yaml'
import type { JsonObject } from '../../../src/kernel/json.ts'
import { applyChange } from '../../../src/sales-core/decide/entity-draft.ts'
import type { Decision } from '../../../src/sales-core/decide/decision.ts'
import type { WorkflowInstance } from '../../../src/sales-core/workflows/workflow-instance.ts'
import { EntityUnderTest, noon } from '../../support/sales/entity-under-test.ts'
import { checkAll, leadTypes, salesDocuments, anyIntegration } from '../../support/sales/sales-config.ts'
import { compileSalesConfig } from '../../../src/sales-core/compile/compile-sales-config.ts'

const stepIds = ['s0', 's1', 's2', 's3', 's4']
const target = fc.constantFrom(...stepIds, 'end')
const condition = fc.constantFrom(
  'lead.score >= 20',
  'lead.budget > 10',
  '1 / lead.score > 0',
  'lead.country == "AE"',
  '"x" in lead.tags',
)
const goOn = fc.option(target, { nil: undefined })

const step = fc.oneof(
  fc.record({
    call: fc.constant('sink.hit'),
    with: fc.constant({ s: '{{ lead.score }}', c: '{{ lead.country }}' }),
    then: goOn,
  }),
  fc.record({ send: fc.constant({ channel: 'sms', text: 'Hi {{ lead.name }}' }), go: goOn }),
  fc.record({ wait: fc.constantFrom('1h', '2d'), then: goOn }),
  fc.record({
    wait_for: fc.constant({ event: 'message.received', where: 'event.direction == "inbound"' }),
    up_to: fc.constant('3h'),
    then: goOn,
    else: goOn,
  }),
  fc.record({ wait_for: fc.constant({ event: 'contact.unsubscribed' }), then: goOn }),
  fc.record({ choose: fc.tuple(fc.record({ when: condition, go: target }), fc.record({ else: target })) }),
)

/** Random workflows, rules and a score; those that the checks refuse are left out by the caller. */
const documents = fc
  .record({
    steps: fc.array(step, { minLength: 5, maxLength: 5 }),
    when: condition,
    set: fc.constantFrom(
      { 'lead.temperature': 'hot' },
      { 'lead.budget': null },
      { 'lead.consent.sms': true },
    ),
  })
  .map(({ steps, when, set }) => [
    {
      kind: 'Workflow',
      name: 'w',
      for: 'lead',
      start: { on: 'lead.created' },
      budget: { steps: 40 },
      steps: steps.map((body, index) => ({ id: stepIds[index], ...body })),
    },
    {
      kind: 'LeadScore',
      name: 's',
      writes: 'lead.score',
      factors: [
        { id: 'a', when, points: 20 },
        { id: 'b', on: 'message.received', points: 7 },
      ],
      bands: [{ name: 'hot', from: 20, emit: 'lead.hot' }],
    },
    {
      kind: 'RuleSet',
      name: 'r',
      rules: [{ id: 'a', on: 'message.received', when, then: [{ set }, { add_tag: 'x' }, { start: 'w' }] }],
    },
  ])

type Happening =
  | { readonly what: 'event'; readonly type: string; readonly data: JsonObject }
  | { readonly what: 'timer' }
  | { readonly what: 'stale timer'; readonly seqs: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    what: fc.constant('event' as const),
    type: fc.constant('lead.created'),
    data: fc.record({
      name: fc.constantFrom('Ada', 'Bo'),
      country: fc.constantFrom('AE', 'DE', null),
      budget: fc.constantFrom(5, 50, null),
    }),
  }),
  fc.record({
    what: fc.constant('event' as const),
    type: fc.constant('message.received'),
    data: fc.record({ direction: fc.constantFrom('inbound', 'outbound') }),
  }),
  fc.record({
    what: fc.constant('event' as const),
    type: fc.constantFrom('contact.unsubscribed', 'who.knows', 'timer.due'),
    data: fc.constant({}),
  }),
  fc.constant({ what: 'timer' as const }),
  fc.record({ what: fc.constant('stale timer' as const), seqs: fc.integer({ min: 1, max: 3 }) }),
)

function compiled(bodies: readonly object[]) {
  const set = salesDocuments(leadTypes + bodies.map((body) => stringify(body)).join('---\n'))
  const errors = checkAll(set).filter(({ severity }) => severity !== 'warning')
  return errors.length > 0 ? null : compileSalesConfig(set, 'd', anyIntegration, 'acme')
}

function apply(lead: EntityUnderTest, happening: Happening, at: Date): Decision {
  const waiting: WorkflowInstance | undefined = lead.instances[0]
  if (happening.what === 'event') return lead.happen(happening.type, happening.data, {}, at)
  const seq = (waiting?.seq ?? 0) - (happening.what === 'timer' ? 0 : happening.seqs)
  return lead.happen('timer.due', { instanceId: waiting?.id ?? 'none', seq }, { origin: 'timer' }, at)
}

describe('any workflow under any events', () => {
  it('keeps what the daemon relies on', () => {
    let ran = 0
    fc.assert(
      fc.property(documents, fc.array(happening, { maxLength: 25 }), (bodies, happenings) => {
        const config = compiled(bodies)
        if (config === null) return
        ran += 1
        const lead = new EntityUnderTest(config)
        const again = new EntityUnderTest(config)
        const seqs = new Map<string, number>()
        let folded: JsonObject = {}
        for (const [index, next] of happenings.entries()) {
          const at = new Date(noon.getTime() + index * 1_800_000)
          const before = lead.instances
          const decision = apply(lead, next, at)
          // The same inputs give the same decision.
          expect(apply(again, next, at)).to.deep.equal(decision)
          for (const instance of decision.instances) {
            expect(instance.seq).to.be.greaterThan(seqs.get(instance.id) ?? 0)
            seqs.set(instance.id, instance.seq)
          }
          expect(new Set(decision.instances.map(({ id }) => id)).size).to.equal(decision.instances.length)
          if (next.what === 'stale timer') {
            expect(decision.instances).to.deep.equal([])
            expect(decision.commands).to.deep.equal([])
            expect(lead.instances).to.deep.equal(before)
          }
          // Folding the changes gives the entity.
          for (const { field, from, to } of decision.changes) {
            expect(
              field.split('.').reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], folded) ??
                null,
            ).to.deep.equal(from)
            folded = applyChange(folded, field, to)
          }
          expect(folded).to.deep.equal(decision.entity.fields)
          expect(decision.entity.appliedSeq).to.equal(index + 1)
          const keys = decision.commands.map(({ idempotencyKey }) => idempotencyKey)
          expect(new Set(keys).size).to.equal(keys.length)
        }
      }),
      { numRuns: 150 },
    )
    expect(ran).to.be.greaterThan(30)
  })
})
