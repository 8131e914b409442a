import * as fc from 'fast-check'
import { scopeOfPath } from '../../src/control-plane/directory/scope-of-path.ts'
import { parseDocuments } from '../../src/control-plane/documents/parse-documents.ts'

/** Mostly right, sometimes not: a value that fits, or one of those that people write instead. */
function mostly<T>(right: fc.Arbitrary<T>, ...wrong: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 30, arbitrary: right }, fc.constantFrom<unknown>(...wrong))
}

const when = mostly(
  fc.constantFrom(
    'event.n > 3',
    'event.kind == "a" && lead.score >= 50',
    'lead.tags.exists(t, t == "vip")',
    'lead.stage in ["new", "old"]',
    'lead.score > 80 && lead.score < 10',
  ),
  'lead.stag == "a"',
  'lead.score >',
  'lead.score == "x"',
  7,
)
const eventName = mostly(fc.constantFrom('a.x', 'a.y', 'lead.warm'), 'a.nowhere', 'NotAnEvent')
const action = fc.oneof(
  fc.constantFrom<unknown>(
    { set: { 'lead.stage': 'old' } },
    { add_tag: 'vip' },
    { call: 'crm.notify', with: { text: '{{ lead.name | default: "there" }}' } },
    { start: 'follow' },
    { emit: { type: 'a.y', data: { n: 1 } } },
    { set: { 'lead.stag': 'old' } },
    { call: 'crm.nowhere' },
    { call: 'crm.notify', with: { text: '{{ lead.nme }}' } },
    { set: { 'lead.score': 3 } },
    {},
  ),
)
const rule = fc.record(
  {
    on: eventName,
    when,
    rank: mostly(fc.integer({ min: 0, max: 1000 }), -1, 'high'),
    then: fc.array(action, { minLength: 1, maxLength: 2 }),
    final: fc.boolean(),
  },
  { requiredKeys: ['on', 'then'] },
)
const ruleSet = fc.record(
  { rules: fc.array(rule, { minLength: 1, maxLength: 3 }), match: fc.constantFrom('all', 'first') },
  { requiredKeys: ['rules'] },
)
const score = fc.record({
  writes: mostly(fc.constant('lead.score'), 'lead.stage', 'deal.score'),
  factors: fc.array(
    fc.oneof(
      fc.record({
        when: mostly(fc.constant('lead.stage == "new"'), 'lead.x'),
        points: fc.integer({ min: -50, max: 90 }),
      }),
      fc.record({ value: fc.constant('lead.score'), bands: fc.constant({ 0: 0, 5: 10 }) }),
      fc.record({ on: eventName, points: fc.integer({ min: 1, max: 20 }) }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  bands: fc.constantFrom([], [{ name: 'warm', from: 10, emit: 'lead.warm' }], [{ name: 'top', from: 500 }]),
})
const workflow = fc.record({
  for: mostly(fc.constant('lead'), 'deal'),
  steps: fc.constantFrom<unknown>(
    [{ id: 'one', wait: '2h' }],
    [{ id: 'one', call: 'crm.notify', with: { text: 'Hi {{ lead.name }}' } }],
    [{ id: 'one', choose: [{ when: 'lead.score > 3', go: 'end' }, { else: 'end' }] }],
    [{ id: 'one', wait: '2 hours' }],
    [{ id: 'one', wait: '2h', then: 'nowhere' }],
  ),
})

/** Rules, a score and a workflow, each perhaps wrong somewhere. */
export const fleet = fc.record({
  rules: fc.array(
    fc.tuple(fc.constantFrom('global', 'tenants/acme', 'tenants/acme/workspaces/eu'), ruleSet),
    { maxLength: 3 },
  ),
  score: fc.option(score),
  workflow,
})

type MadeFleet = typeof fleet extends fc.Arbitrary<infer Made> ? Made : never

const base = [
  {
    kind: 'EntityType',
    name: 'lead',
    fields: { name: 'string?', stage: 'string = new', score: 'number', tags: 'list<string>' },
  },
  { kind: 'EventType', name: 'a.x', folds: 'lead', fields: { kind: 'string?', n: 'number?' } },
  { kind: 'EventType', name: 'a.y', fields: { n: 'number?' } },
  { kind: 'EventType', name: 'lead.warm', fields: {} },
  {
    kind: 'Integration',
    name: 'crm',
    connector: 'http',
    connection: { baseUrl: 'https://crm.example.com' },
    auth: { kind: 'none' },
    operations: {
      notify: { method: 'POST', path: '/n', effect: 'send', body: { text: '{{ input.text }}' } },
    },
  },
]

/** The documents of a made fleet, upon types, events and an integration that stand in global/. */
export function fleetDocuments({ rules, score: scored, workflow: flow }: MadeFleet) {
  const placed: (readonly [string, Record<string, unknown>])[] = [
    ...base.map((document) => ['global', document] as const),
    ['global', { kind: 'Workflow', name: 'follow', ...flow }],
    ...(scored === null
      ? []
      : [
          [
            'global',
            {
              kind: 'LeadScore',
              name: 'fit',
              ...scored,
              factors: scored.factors.map((factor, n) => ({ id: `f-${n}`, ...factor })),
            },
          ] as const,
        ]),
    ...rules.map(
      ([scope, spec], n) =>
        [
          scope,
          {
            kind: 'RuleSet',
            name: `set-${n}`,
            ...spec,
            rules: spec.rules.map((one, at) => ({ id: `r-${at}`, ...one })),
          },
        ] as const,
    ),
  ]
  return placed.flatMap(([folder, document], n) => parsed(folder, `d-${n}`, document))
}

function parsed(folder: string, file: string, document: Record<string, unknown>) {
  const path = `${folder}/${file}.yaml`
  const meaning = scopeOfPath(path)
  if (meaning.state !== 'scope') throw new Error(folder)
  const text = JSON.stringify({ apiVersion: 'neuronx/v1', ...document })
  return parseDocuments(path, text, meaning.scope).documents
}

/** A fleet with nothing wrong in it, so that overlays decide. */
export const sound: fc.Arbitrary<MadeFleet> = fc.record({
  rules: fc.constantFrom<MadeFleet['rules']>(
    [['global', { rules: [{ on: 'a.x', when: 'event.n > 3', then: [{ set: { 'lead.stage': 'old' } }] }] }]],
    [['global', { rules: [{ on: 'a.y', then: [{ call: 'crm.notify', with: { text: 'Hi' } }] }] }]],
  ),
  score: fc.constantFrom<MadeFleet['score']>(null, {
    writes: 'lead.score',
    factors: [
      { when: 'lead.stage == "new"', points: 30 },
      { on: 'a.y', points: 5 },
    ],
    bands: [{ name: 'warm', from: 10, emit: 'lead.warm' }],
  }),
  workflow: fc.constantFrom<MadeFleet['workflow']>(
    { for: 'lead', steps: [{ id: 'one', wait: '2h' }] },
    { for: 'lead', steps: [{ id: 'one', call: 'crm.notify', with: { text: 'Hi {{ lead.name }}' } }] },
  ),
})

/** Parts of the documents above, for lower scopes: some fit, some take away what others need, some make a document another one. */
export const overlays = fc.array(
  fc.tuple(
    fc.constantFrom('tenants/acme', 'tenants/acme/workspaces/eu', 'tenants/other'),
    fc.constantFrom<Record<string, unknown> & { kind: string; name: string }>(
      { kind: 'EntityType', name: 'lead', fields: { extra: 'string?' } },
      { kind: 'EntityType', name: 'lead', fields: { stage: 'int' } },
      { kind: 'EntityType', name: 'lead', unset: ['fields.stage'] },
      { kind: 'EventType', name: 'a.x', unset: ['fields.kind'] },
      { kind: 'EventType', name: 'a.x', unset: ['folds'] },
      { kind: 'EventType', name: 'a.y', fields: { n: 'string?' } },
      { kind: 'RuleSet', name: 'set-0', match: 'first' },
      { kind: 'RuleSet', name: 'set-0', rules: [{ id: 'r-0', rank: 10, when: 'lead.score > 1' }] },
      { kind: 'RuleSet', name: 'set-0', rules: [{ id: 'r-0', on: 'lead.warm' }] },
      { kind: 'RuleSet', name: 'set-0', rules: [{ id: 'new', on: 'a.y', then: [{ add_tag: 'new' }] }] },
      { kind: 'RuleSet', name: 'set-0', unset: ['rules[r-0].when'], locked: ['rules[r-0]'] },
      { kind: 'RuleSet', name: 'set-0', unset: ['rules[r-0]'] },
      { kind: 'LeadScore', name: 'fit', writes: 'lead.stage' },
      { kind: 'LeadScore', name: 'fit', unset: ['factors[f-0]'] },
      { kind: 'LeadScore', name: 'fit', factors: [{ id: 'f-0', points: 12 }] },
      { kind: 'LeadScore', name: 'fit', bands: [{ name: 'warm', from: 500 }] },
      { kind: 'Workflow', name: 'follow', for: 'deal' },
      { kind: 'Workflow', name: 'follow', steps: [{ id: 'one', wait: '3h' }] },
      { kind: 'Workflow', name: 'follow', steps: [{ id: 'two', wait: '1h', then: 'one' }] },
      { kind: 'Workflow', name: 'follow', unset: ['steps[one]'] },
      { kind: 'Integration', name: 'crm', unset: ['operations.notify'] },
      { kind: 'Integration', name: 'crm', connector: 'gohighlevel' },
      { kind: 'Integration', name: 'crm', unset: ['auth'] },
      {
        kind: 'Integration',
        name: 'crm',
        limits: { perSecond: 3 },
        bounded: { 'limits.perSecond': { max: 4 } },
      },
      { kind: 'Integration', name: 'crm', limits: { perSecond: 5 } },
    ),
  ),
  { maxLength: 3 },
)

/** The overlays as documents of their scopes. */
export function overlayDocuments(placed: readonly (readonly [string, Record<string, unknown>])[]) {
  return placed.flatMap(([folder, document], n) => parsed(folder, `o-${n}`, document))
}
