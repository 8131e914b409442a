import { expect } from 'chai'
import { cpuMs } from '../../support/measures/cpu-ms.ts'
import { EntityUnderTest } from '../../support/sales/entity-under-test.ts'
import { salesConfig } from '../../support/sales/sales-config.ts'
import { compileTemplate } from '../../../src/sales-core/templates/compile-template.ts'
import type { TextForm } from '../../../src/sales-core/templates/liquid-engine.ts'
import { parseFields } from '../../../src/sales-core/types/parse-field-type.ts'

/** Names that would like to be more than a name. */
const names = [
  '{{ 7 | times: 7 }}',
  '{{ lead.phone }}',
  '{{ tenant }}{{ event.name }}',
  '{% for i in (1..1000000) %}x{% endfor %}',
  '{% assign lead = 1 %}{{ lead }}',
  '{% raw %}',
  '{{',
  '}}{{ params.name }}',
  '{%- comment -%}',
  '{{ connection.accountSid }}',
  '<script>alert(1)</script>',
  '"><a href="https://evil.example">click</a>',
  "' onmouseover='x",
  '&lt;b&gt;',
  '__proto__',
  'constructor.constructor',
]

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
    // What is escaped already is not escaped again.
    .replaceAll('&amp;lt;', '&lt;')
    .replaceAll('&amp;gt;', '&gt;')

const template = `kind: Template
name: welcome
params: [name, note]
channels:
  sms: { text: "Hi {{ params.name }} / {{ lead.name }} / {{ params.note }}" }
  email: { subject: "For {{ params.name }}", text: "{{ lead.name }}", html: "<p>{{ params.name }}</p>{{ lead.name }}" }
  whatsapp: { name: welcome_v3, language: en, params: [name] }
---
`
const rule = (then: string) =>
  salesConfig(
    `${template}kind: RuleSet\nname: r\nrules: [ { id: greet, on: lead.created, then: [ ${then} ] } ]`,
  )
const params = 'template: welcome, params: { name: "{{ event.name }}", note: "{{ event.source }}" }'
const sending = {
  sms: rule(`{ send: { channel: sms, ${params} } }`),
  email: rule(`{ send: { channel: email, ${params} } }`),
  whatsapp: rule(`{ send: { channel: whatsapp, ${params} } }`),
  own: rule('{ send: { channel: email, subject: "{{ lead.name }}", html: "<b>{{ lead.name }}</b>" } }'),
  lone: rule('{ send: { channel: email, subject: x, html: "{{ lead.name }}" } }'),
  call: rule(
    '{ call: mail.message.send, with: { html: "<i>{{ event.name }}</i>", text: "{{ event.name }}" } }',
  ),
  open: rule('{ call: chat.message.send, with: { format: "{{ event.source }}", text: "{{ event.name }}" } }'),
  teams: rule('{ call: chat.message.send, with: { format: html, text: "<i>{{ event.name }}</i>" } }'),
}
const input = (way: keyof typeof sending, name: string) =>
  new EntityUnderTest(sending[way], { id: 'lead-1' }).happen('lead.created', { name, source: name })
    .commands[0]?.input

describe('what a lead is called, in messages', () => {
  for (const name of names) {
    it(`is never a template, and in HTML never a tag: ${name}`, () => {
      expect(input('sms', name)).to.have.property('text', `Hi ${name} / ${name} / ${name}`)
      expect(input('email', name)).to.deep.equal({
        channel: 'email',
        subject: `For ${name}`,
        text: name,
        html: `<p>${escaped(name)}</p>${escaped(name)}`,
      })
      expect(input('whatsapp', name)).to.deep.equal({
        channel: 'whatsapp',
        template_id: 'welcome_v3',
        language: 'en',
        params: { name },
      })
      expect(input('own', name)).to.include({ subject: name, html: `<b>${escaped(name)}</b>` })
      expect(input('lone', name)).to.include({ html: escaped(name) })
      expect(input('call', name)).to.deep.equal({ html: `<i>${escaped(name)}</i>`, text: name })
      expect(input('teams', name)).to.include({ text: `<i>${escaped(name)}</i>` })
    })
  }

  it('is escaped where the format turns out to be HTML, and stays what it is elsewhere', () => {
    const said = (format: string) =>
      new EntityUnderTest(sending.open, { id: 'lead-1' }).happen('lead.created', {
        name: 'A & <b>',
        source: format,
      }).commands[0]?.input
    expect(said('html')).to.deep.equal({ format: 'html', text: 'A &amp; &lt;b&gt;' })
    expect(said('markdown')).to.deep.equal({ format: 'markdown', text: 'A & <b>' })
  })

  it('cannot reach what the text does not read: not another field, not a prototype, not another lead', () => {
    const variables = new Map([['lead', parseFields({ name: 'string', other: 'json?' }).type]])
    const values = { lead: { name: 'Ada', phone: '+1', other: null }, secret: 'x', deal: { name: 'Eve' } }
    const render = (source: string) => {
      const compiled = compileTemplate(source, variables)
      return compiled.state === 'compiled' ? compiled.template.render(values) : compiled.problems[0]?.code
    }
    for (const source of ['{{ secret }}', '{{ deal.name }}', '{{ lead.phone }}', '{{ lead.constructor }}'])
      expect(render(`x ${source}`), source).to.equal('NX-TEMPLATE-UNKNOWN')
    for (const source of ['{{ lead["phone"] }}', '{{ lead[lead.name] }}', '{{ lead.name["constructor"] }}'])
      expect(render(`x ${source}`), source).to.not.have.property('value', 'x +1')
    for (const tag of ['{% include "x" %}', '{% render "x" %}', '{% layout "x" %}', '{% liquid echo 1 %}'])
      expect(render(tag), tag).to.equal('NX-TEMPLATE-SYNTAX')
  })
})

describe('a text that takes too much', () => {
  const render = (source: string, name = 'x', form: TextForm = 'text') => {
    const compiled = compileTemplate(source, new Map([['lead', parseFields({ name: 'string' }).type]]), form)
    if (compiled.state !== 'compiled') throw new Error(compiled.problems[0]?.message)
    return compiled.template.render({ lead: { name } })
  }
  const greedy: readonly [string, string][] = [
    ['a million turns', '{% for i in (1..1000000) %}x{% endfor %}'],
    [
      'a thousand times a thousand turns',
      '{% for i in (1..1000) %}{% for j in (1..1000) %}{{ lead.name }}{% endfor %}{% endfor %}',
    ],
    [
      'turns that do nothing',
      '{% for i in (1..1000) %}{% for j in (1..1000) %}{% for k in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}',
    ],
    [
      'a text that doubles',
      `{% assign s = lead.name %}${'{% assign s = s | append: s %}'.repeat(40)}{{ s | size }}`,
    ],
    ['a date as wide as a book', '{{ "2026-01-01" | date: "%999999999Y" }}'],
  ]
  for (const [what, source] of greedy)
    it(`is stopped, soon, and says so: ${what}`, function () {
      this.timeout(10_000)
      const spent = cpuMs(() => {
        for (const form of ['text', 'html'] as const)
          expect(render(source, 'xxxxxxxx', form)).to.have.property('state', 'error')
      })
      expect(spent).to.be.below(5_000)
    })

  it('is told of in the trace of its rule, and nothing is sent', () => {
    const loop = '{% for i in (1..1000000) %}{{ lead.name }}{% endfor %}'
    const subject = new EntityUnderTest(rule(`{ send: { channel: sms, text: "${loop}" } }`), { id: 'lead-1' })
    const decision = subject.happen('lead.created', { name: 'Ada' })
    expect(decision.commands).to.deep.equal([])
    expect(JSON.stringify(decision.trace)).to.match(/"failed".*NX-TEMPLATE-RENDER/)
  })

  it('lets the author of a text put HTML in, by saying so', () => {
    expect(render('<b>{{ lead.name | raw }}</b>', '<i>', 'html')).to.have.property('value', '<b><i></b>')
    expect(render('{{ lead.name | append: "<" }}', '&', 'html')).to.have.property('value', '&amp;&lt;')
    expect(render('{% echo lead.name %}', '<i>', 'html')).to.have.property('value', '&lt;i&gt;')
  })

  const once: readonly [string, string][] = [
    ['{{ lead.name | escape }}', 'A &amp; &lt;b&gt;\nx'],
    ['<p>{{ lead.name | escape_once }}</p>', '<p>A &amp; &lt;b&gt;\nx</p>'],
    ['{{ lead.name | escape | truncate: 50 }}', 'A &amp; &lt;b&gt;\nx'],
    ['{% assign n = lead.name | escape %}{{ n }}', 'A &amp; &lt;b&gt;\nx'],
    ['{{ lead.name | newline_to_br }}', 'A &amp; &lt;b&gt;<br />\nx'],
    ['{{ lead.name | escape | newline_to_br }}', 'A &amp; &lt;b&gt;<br />\nx'],
    ['{{ lead.name | newline_to_br | raw }}', 'A &amp; &lt;b&gt;<br />\nx'],
    ['{% capture n %}<i>{{ lead.name }}</i>{% endcapture %}{{ n }}', '<i>A &amp; &lt;b&gt;\nx</i>'],
    ['{% capture n %}{{ lead.name }}{% endcapture %}{{ n | upcase }}', 'A &AMP; &LT;B&GT;\nX'],
    ['<a href="/?a=1&b={{ lead.name | url_encode }}">', '<a href="/?a=1&b=A+%26+%3Cb%3E%0Ax">'],
  ]
  for (const [source, value] of once)
    it(`escapes once, whatever the text does itself: ${source}`, () => {
      expect(render(source, 'A & <b>\nx', 'html')).to.have.property('value', value)
    })

  it('keeps what a vendor gives escaped, and trusts a capture of this rendering only', () => {
    expect(render('<b>{{ lead.name }}</b>', 'A &amp; B &#39;x&#39; &nbsp; &', 'html')).to.have.property(
      'value',
      '<b>A &amp; B &#39;x&#39; &nbsp; &amp;</b>',
    )
    expect(render('{% capture n %}<i>a</i>{% endcapture %}{{ n }}', 'x', 'html')).to.have.property(
      'value',
      '<i>a</i>',
    )
    expect(render('<b>{{ lead.name }}</b>', '<i>a</i>', 'html')).to.have.property(
      'value',
      '<b>&lt;i&gt;a&lt;/i&gt;</b>',
    )
  })
})
