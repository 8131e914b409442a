import { expect } from 'chai'
import { mutated } from './mutated.ts'

describe('mutation of conditions wherever they stand', () => {
  const all = `kind: EventType
name: lead.checked
fields: { kind: string? }
---
kind: Schedule
name: review
every: 1h
for_each: { entity: lead, where: lead.temperature == "s5" }
emit: { type: lead.checked, data: { kind: "k" } }
---
kind: Workflow
name: chase
for: lead
start: { on: lead.created, when: event.source == "s1" }
goal: lead.temperature == "s3"
stop_when: [ { on: message.received, when: event.channel == "s2" } ]
steps:
  - { id: fork, split: { a: 50, b: 50 }, a: [ { id: deep, choose: [ { when: lead.temperature == "s4", go: nap } ] } ] }
  - { id: nap, wait: 1d }
---
kind: RuleSet
name: r
rules:
  - { id: quiet, on: lead.created, unless_followed_by: { event: message.received, where: event.channel == "s6", within: 1h }, then: [ { add_tag: k } ] }
---
kind: Test
name: t
cases:
`
  const deaf =
    '{ name: c, given: { lead: {} }, schedules: [], steps: [ { event: { type: lead.created, source: x } }'

  it('takes texts to swap from all of them', async () => {
    const report = await mutated(`${all}  - ${deaf} ] }\n`)
    const swaps = report.survivors.map(({ change }) => change)
    // Each to the next of all texts; after the last the first: none to itself and an x.
    for (const [from, to] of ['s1', 's2', 's3', 's4', 's5', 's6'].map((text, at, list) => [
      text,
      list[at + 1] ?? 's1',
    ]))
      expect(swaps).to.include(`"${from}" to "${to}"`)
    expect(swaps).to.include('"k" to "s1"')
  })

  it('changes what must not follow, and is content with a suite that looks at both sides', async () => {
    const place = 'RuleSet/r rules.0.unless_followed_by.where'
    const kept = async (cases: readonly string[]): Promise<readonly string[]> =>
      (await mutated(`${all}${cases.map((one) => `  - ${one}\n`).join('')}`)).survivors
        .filter(({ file }) => file === place)
        .map(({ change, state }) => `${change} ${state}`)
    expect(await kept([`${deaf} ] }`])).to.have.members([
      'without where not covered',
      '== to != not covered',
      '"s6" to "s1" not covered',
    ])
    const follows = (channel: string, expected: string): string =>
      `${deaf}, { event: { type: message.received, text: a, direction: inbound, channel: ${channel} } }, { advance: 2h } ], expect: { ${expected} } }`
    expect(
      await kept([follows('s6', 'not_fired: [quiet]'), follows('other', 'fired: [quiet]')]),
    ).to.deep.equal([])
  })
})

describe('mutation of policies', () => {
  const policies = `kind: Policy
name: nights
applies: { channels: [sms] }
quiet_hours: { tz: contact, from: "20:00", to: "00:30", unknown_tz: tenant }
wait_max: 2d
---
kind: Policy
name: seldom
applies: { channels: [sms] }
caps: { per: lead, max: 5, within: 2d, priority: { high: 2, normal: 1 }, over_cap: wait }
---
kind: Test
name: t
cases: [ { name: c, given: { lead: {} }, steps: [ { event: { type: lead.created } } ] } ]
`

  it('changes every time, number and choice that is written', async () => {
    const { survivors } = await mutated(policies)
    expect(survivors.map(({ file, change }) => `${file}: ${change}`)).to.have.members([
      'Policy/nights quiet_hours: without quiet_hours',
      'Policy/nights quiet_hours.from: 20:00 to 19:00',
      'Policy/nights quiet_hours.from: 20:00 to 21:00',
      'Policy/nights quiet_hours.to: 00:30 to 23:30',
      'Policy/nights quiet_hours.to: 00:30 to 01:30',
      'Policy/nights quiet_hours.unknown_tz: tenant to defer',
      'Policy/nights wait_max: 2d to 1d',
      'Policy/nights wait_max: 2d to 4d',
      'Policy/nights on_block: defer to skip',
      'Policy/seldom caps: without caps',
      'Policy/seldom caps.max: 5 to 4',
      'Policy/seldom caps.max: 5 to 6',
      'Policy/seldom caps.within: 2d to 1d',
      'Policy/seldom caps.within: 2d to 4d',
      'Policy/seldom caps.priority.high: 2 to 1',
      'Policy/seldom caps.priority.high: 2 to 3',
      'Policy/seldom caps.priority.normal: 1 to 0',
      'Policy/seldom caps.priority.normal: 1 to 2',
      'Policy/seldom caps.over_cap: wait to skip',
      'Policy/seldom on_block: defer to skip',
    ])
  })
})
