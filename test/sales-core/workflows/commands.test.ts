import { expect } from 'chai'
import { begun } from '../../support/sales/lead-world.ts'

const hour = 3_600_000

describe('saga', () => {
  const steps = `
  - id: book
    saga:
      - { id: slot, call: cal.reserve, with: { who: "{{ lead.name }}" }, undo: { call: cal.release } }
      - { id: deal, call: crm.create, undo: { call: crm.close, with: { deal: "{{ vars.deal.result.id }}" } } }
      - { id: confirm, call: mail.go }
    on_failure: { task: { title: "Book {{ lead.name }} by hand", to: owner }, go: sorry }
  - { id: done, call: sink.done, then: end }
  - { id: sorry, call: sink.sorry }
`
  it('does one call after another, each when the one before has succeeded', () => {
    const lead = begun(steps)
    expect(lead.called).to.deep.equal(['cal.reserve'])
    lead
      .answers('cal.reserve', 'succeeded')
      .answers('crm.create', 'succeeded')
      .answers('mail.go', 'succeeded')
    expect(lead.called).to.deep.equal(['cal.reserve', 'crm.create', 'mail.go', 'sink.done'])
  })

  it('undoes what took effect, newest first, one after another, then makes its task and goes on', () => {
    const lead = begun(steps)
      .answers('cal.reserve', 'succeeded')
      .answers('crm.create', 'succeeded', { result: { id: 'd7' } })
      .answers('mail.go', 'failed')
    expect(lead.called.slice(3)).to.deep.equal(['crm.close'])
    expect(lead.world.commands[3]?.input).to.deep.equal({ deal: 'd7' })
    expect(lead.emitted).to.deep.equal([])
    lead.answers('crm.close', 'succeeded')
    expect(lead.called.slice(4)).to.deep.equal(['cal.release'])
    // Without an input of its own the undo is given what the call was given.
    expect(lead.world.commands[4]?.input).to.deep.equal({ who: 'Ada' })
    lead.answers('cal.release', 'succeeded')
    expect(lead.emitted).to.deep.equal(['task.created'])
    expect(lead.called.at(-1)).to.equal('sink.sorry')
  })

  it('goes on undoing when an undo is given up, and says so', () => {
    const lead = begun(steps)
      .answers('cal.reserve', 'succeeded')
      .answers('crm.create', 'succeeded')
      .answers('mail.go', 'cancelled')
      .answers('crm.close', 'failed')
    expect(lead.called.at(-1)).to.equal('cal.release')
    expect(lead.emitted).to.deep.equal(['saga.undo_failed'])
  })

  it('is undone when the workflow is stopped inside it, the call on its way included', () => {
    const lead = begun(steps, 'stop_when: [ { on: contact.unsubscribed } ]\n').answers(
      'cal.reserve',
      'succeeded',
    )
    lead.happens('contact.unsubscribed')
    // Nobody knows yet whether crm.create took effect.
    expect(lead.called).to.deep.equal(['cal.reserve', 'crm.create'])
    lead.answers('crm.create', 'succeeded')
    expect(lead.called.at(-1)).to.equal('crm.close')
    lead.answers('crm.close', 'succeeded').answers('cal.release', 'succeeded')
    expect(lead.ends).to.deep.equal(['stopped'])
    expect(lead.emitted).to.deep.equal([])
  })

  it('is left alone by a stop_when that excepts it', () => {
    const lead = begun(steps, 'stop_when: [ { on: contact.unsubscribed, except: [book] } ]\n')
    lead.happens('contact.unsubscribed').answers('cal.reserve', 'succeeded')
    expect(lead.called).to.deep.equal(['cal.reserve', 'crm.create'])
  })

  it('may be longer than a chain of events may be deep', () => {
    const calls = Array.from({ length: 20 }, (_, at) => `      - { id: c${at}, call: sink.c${at} }`).join(
      '\n',
    )
    const lead = begun(`\n  - id: long\n    saga:\n${calls}\n`)
    for (let at = 0; at < 20; at += 1) lead.answers(`sink.c${at}`, 'succeeded')
    expect(lead.ends).to.deep.equal(['end'])
  })
})

describe('calls that are waited for', () => {
  it('keep what came of them in vars', () => {
    const lead = begun(`
  - { id: look, call: crm.find, wait: result }
  - { id: tell, call: sink.hit, with: { found: "{{ vars.look.result.name }}" } }
`).answers('crm.find', 'succeeded', { result: { name: 'Bo' } })
    expect(lead.world.commands[1]?.input).to.deep.equal({ found: 'Bo' })
  })

  it('go to else when they fail or take too long, and fail the instance without one', () => {
    const steps = (more: string) => `
  - { id: look, call: crm.find, wait: result, up_to: 1h${more} }
  - { id: good, call: sink.good, then: end }
  - { id: bad, call: sink.bad }
`
    expect(begun(steps(', else: bad')).answers('crm.find', 'failed').called[1]).to.equal('sink.bad')
    expect(begun(steps(', else: bad')).passes(hour).called[1]).to.equal('sink.bad')
    expect(begun(steps('')).answers('crm.find', 'failed').ends).to.deep.equal(['failed NX-NO'])
    expect(begun(steps('')).passes(hour).ends).to.deep.equal(['failed NX-STEP-LATE'])
  })

  it('are asked for again after a growing pause, as often as retry says', () => {
    const lead = begun(`
  - { id: try, call: crm.find, retry: { max: 2, backoff: 1m..90s }, else: bad }
  - { id: good, call: sink.good, then: end }
  - { id: bad, call: sink.bad }
`).answers('crm.find', 'failed')
    expect(lead.called).to.have.length(1)
    expect(lead.passes(60_000).answers('crm.find', 'failed').passes(89_999).called).to.have.length(2)
    expect(lead.passes(1).called).to.have.length(3)
    expect(lead.answers('crm.find', 'failed').called.at(-1)).to.equal('sink.bad')
    expect(new Set(lead.world.commands.map(({ id }) => id)).size).to.equal(4)
  })
})

describe('a send with a fallback', () => {
  const steps = `
  - { id: greet, send: { channel: whatsapp, text: Hi }, fallback: { channel: sms, text: Hello } }
  - { id: reply, wait_for: { event: message.received }, up_to: 2h }
`
  it('does not hold the workflow up', () => {
    expect(begun(steps).waitsAt).to.deep.equal(['reply'])
  })

  it('goes out by the other channel when it comes to nothing, and only then', () => {
    const lead = begun(steps).answers('messenger.whatsapp.send', 'failed')
    expect(lead.called).to.deep.equal(['messenger.whatsapp.send', 'messenger.sms.send'])
    const good = begun(steps).answers('messenger.whatsapp.send', 'succeeded')
    expect(good.called).to.have.length(1)
  })

  it('does not go out where the policy gate sent the message another way, unless that comes to nothing too', () => {
    const lead = begun(steps)
    const [first] = lead.world.commands
    lead.answers('messenger.whatsapp.send', 'cancelled', { insteadCommandId: 'other' })
    expect(lead.called).to.have.length(1)
    const failed = { commandId: 'other', integration: 'm', operation: 's', cause: first?.cause ?? '' }
    lead.happens('command.failed', { ...failed, error: { code: 'NX-NO', message: 'no', status: null } })
    expect(lead.called).to.have.length(2)
  })

  it('still does so when the workflow has come to its end, but not when it was stopped', () => {
    const end = begun(steps).happens('message.received')
    expect(end.ends).to.deep.equal([])
    expect(end.answers('messenger.whatsapp.send', 'failed').called).to.have.length(2)
    expect(end.ends).to.deep.equal(['end'])
    const stopped = begun(steps, 'stop_when: [ { on: contact.unsubscribed } ]\n').happens(
      'contact.unsubscribed',
    )
    expect(stopped.answers('messenger.whatsapp.send', 'failed').called).to.have.length(1)
  })
})
