import type { FieldHelp } from '../../../control-plane/documents/document-kind.ts'

/** What both rules and steps may ask of the outside. */
export const effectFieldHelp: FieldHelp = {
  send: 'Sends a message through the integration that serves the channel.',
  'send.channel': 'sms, email, whatsapp, or any channel that an integration serves.',
  'send.to': 'Whom it goes to. Default: the entity that the event is about.',
  'send.text': 'The text, as Liquid: {{ lead.name }}.',
  'send.subject': 'The subject of an email.',
  'send.html': 'The body of an email as HTML.',
  'send.contact_id': 'The vendor’s id of the contact, when it is not the entity’s.',
  'send.from_number': 'The number that it is sent from.',
  'send.template_id': 'A template that the vendor keeps.',
  'send.attachments': 'What is attached, as the vendor wants it.',
  call: 'An operation of an integration: crm.task.create.',
  with: 'The input of the call; texts in it are Liquid.',
  priority: 'Which of its commands an entity gets carried out first: high, normal (the default) or low.',
}

/** What an editor says about the fields of a RuleSet. */
export const ruleSetFieldHelp: FieldHelp = {
  ...effectFieldHelp,
  rules: 'The rules. All that hold fire; their order in the file means nothing.',
  'rules[].id': 'Its id: unique in the set; history, tests and overlays refer to it.',
  'rules[].on': 'The type of event that it listens to.',
  'rules[].when':
    'A condition (CEL): event, meta, the entity by its kind, now, tenant, flags. Default: always.',
  'rules[].rank': '0 to 1000, higher first; ties by id. Default 500.',
  'rules[].then': 'What follows; each entry does exactly one thing.',
  'then[].set': 'Fields to set: { lead.temperature: hot }.',
  'then[].add_tag': 'Tags to add to the entity.',
  'then[].emit': 'A new event.',
  'emit.type': 'Its type.',
  'emit.subject': 'Which entity it is about, as kind/id. Default: the same.',
  'emit.data': 'What it carries; texts in it are Liquid.',
  'then[].start': 'A workflow to start for the entity.',
  'rules[].final': 'When it fires, rules of the set below it do not.',
  'rules[].allow_cycle': 'The rule may, through others, lead to itself again: how deep, and why that ends.',
  'allow_cycle.max': 'How often in one chain of events, 1 to 8.',
  'allow_cycle.why': 'Why the circle ends.',
  match: 'all (the default): every rule that holds fires. first: only the highest of them.',
}
