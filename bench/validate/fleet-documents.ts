/** A file of a generated repository: its path and its documents' text. */
export interface FleetFile {
  readonly path: string
  readonly text: string
  readonly documents: number
}

/** Documents of one tenant: 1 integration, 40 rule sets, 25 workflows, 25 event types, 8 tests, 1 score's own fields. */
const perTenant = { ruleSets: 40, workflows: 25, eventTypes: 25, tests: 8 } as const

export const documentsPerTenant =
  1 + perTenant.ruleSets + perTenant.workflows + perTenant.eventTypes + perTenant.tests

/** A repository of about `documents` documents, as a done-for-you engineer of many tenants would keep it: the same every time. */
export function* fleetFiles(documents: number): Generator<FleetFile> {
  yield { path: 'neuronx.yaml', text: head('Fleet', 'bench-fleet'), documents: 1 }
  yield globalFile()
  const tenants = Math.max(1, Math.round((documents - 5) / documentsPerTenant))
  for (let tenant = 0; tenant < tenants; tenant += 1) yield* tenantFiles(tenant)
}

function head(kind: string, name: string, ...lines: readonly string[]): string {
  return `${['apiVersion: neuronx/v1', `kind: ${kind}`, `name: ${name}`, ...lines].join('\n')}\n`
}

function globalFile(): FleetFile {
  const texts = [
    head(
      'EntityType',
      'lead',
      'fields: { name: string?, first_name: string?, country: string?, budget: number?, phone: string?, tags: list<string>, score: number, stage: string = new, temperature: string = cold, dnd: bool = false, source: string? }',
    ),
    head(
      'EventType',
      'lead.created',
      'folds: lead',
      'fields: { name: string?, country: string?, budget: number?, source: string? }',
    ),
    head(
      'EventType',
      'message.received',
      'fields: { direction: string, channel: string?, text: string?, topic: string? }',
    ),
    head(
      'LeadScore',
      'fit',
      'writes: lead.score',
      'range: [0, 100]',
      'factors:',
      `  - { id: market, when: 'lead.country in ["AE", "SA", "GB"]', points: 20 }`,
      '  - { id: budget, value: lead.budget, bands: { 0: 0, 5000: 20, 25000: 40 } }',
      '  - { id: answered, on: message.received, when: event.direction == "inbound", points: 10 }',
      'bands:',
      '  - { name: cold, from: 0 }',
      '  - { name: hot, from: 65, leave_below: 55, emit: lead.became_hot }',
    ),
  ]
  return { path: 'global/base.yaml', text: texts.join('---\n'), documents: texts.length }
}

function* tenantFiles(tenant: number): Generator<FleetFile> {
  const folder = `tenants/tenant-${tenant}`
  const parts = [
    ['integrations', [integration(tenant)]],
    ['events', many(perTenant.eventTypes, eventType)],
    ['rules', many(perTenant.ruleSets, (index) => ruleSet(tenant, index))],
    ['workflows', many(perTenant.workflows, (index) => workflow(tenant, index))],
    ['tests', many(perTenant.tests, test)],
  ] as const
  for (const [name, texts] of parts) {
    // Ten documents a file, as people split them.
    for (let at = 0; at < texts.length; at += 10) {
      const slice = texts.slice(at, at + 10)
      yield { path: `${folder}/${name}-${at / 10}.yaml`, text: slice.join('---\n'), documents: slice.length }
    }
  }
}

function many(count: number, make: (index: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function integration(tenant: number): string {
  return head(
    'Integration',
    'crm',
    'connector: http',
    `connection: { baseUrl: 'https://crm-${tenant}.example.com' }`,
    'auth: { kind: none }',
    'operations:',
    '  notify:',
    '    method: POST',
    '    path: /notify',
    '    effect: send',
    '    idempotency: { header: Idempotency-Key }',
    `    body: { lead: '{{ input.lead }}', text: '{{ input.text }}' }`,
  )
}

function eventType(index: number): string {
  return head(
    'EventType',
    `deal.step_${index}`,
    '# What the sales desk reports when a deal moves on.',
    'fields:',
    '  deal_id: string',
    '  value: number?',
    '  status: string?',
    '  items: list<string>?',
  )
}

function ruleSet(tenant: number, index: number): string {
  return head(
    'RuleSet',
    `replies-${index}`,
    'rules:',
    '  # Who asks about this topic is worth a call.',
    `  - id: topic-${index}`,
    '    on: message.received',
    `    when: event.direction == "inbound" && event.topic == "topic-${index}" && lead.score >= ${(tenant + index) % 90}`,
    `    rank: ${500 + index}`,
    '    then:',
    '      - set: { lead.temperature: hot }',
    `      - add_tag: topic-${index}`,
    `      - { call: crm.notify, with: { lead: '{{ lead.id }}', text: "{{ lead.name | default: 'a lead' }} asked (${tenant})" } }`,
    `  - id: big-deal-${index}`,
    `    on: deal.step_${index % perTenant.eventTypes}`,
    `    when: event.value > ${1_000 + index} && !lead.dnd`,
    '    then:',
    `      - { call: crm.notify, with: { lead: '{{ lead.id }}', text: 'value {{ event.value }}' } }`,
    `      - start: follow-up-${index % perTenant.workflows}`,
    `  - id: from-${index}`,
    '    on: lead.created',
    `    when: lead.source == "source-${index}"`,
    '    then:',
    `      - set: { lead.stage: 'stage-${index}' }`,
  )
}

function workflow(tenant: number, index: number): string {
  return head(
    'Workflow',
    `follow-up-${index}`,
    'for: lead',
    'budget: { steps: 50, age: 30d }',
    'steps:',
    '  - id: greet',
    '    call: crm.notify',
    `    with: { lead: '{{ lead.id }}', text: "Hi {{ lead.first_name | default: 'there' }}, from ${tenant}" }`,
    '  - id: reply',
    '    wait_for: { event: message.received, where: event.direction == "inbound" }',
    `    up_to: ${index + 1}h`,
    '    then: qualify',
    '    else: cool-off',
    '  - { id: cool-off, wait: 2d }',
    '  - id: qualify',
    '    choose:',
    '      - { when: lead.dnd, go: end }',
    `      - { when: lead.score >= ${20 + index}, go: book }`,
    '      - { else: end }',
    '  - id: book',
    '    call: crm.notify',
    `    with: { lead: '{{ lead.id }}', text: 'Book {{ lead.name }}' }`,
  )
}

function test(index: number): string {
  return head(
    'Test',
    `replies-${index}`,
    `of: replies-${index}`,
    'cases:',
    '  - name: who asks is tagged',
    '    given: { lead: { name: Ada, country: AE, budget: 30000 } }',
    '    steps:',
    `      - event: { type: message.received, direction: inbound, topic: topic-${index} }`,
    `    expect: { fired: [topic-${index}] }`,
    '  - name: others are left alone',
    '    steps:',
    '      - event: { type: message.received, direction: outbound, topic: other }',
    `    expect: { not_fired: [topic-${index}] }`,
  )
}
