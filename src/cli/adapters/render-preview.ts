import type { TemplatesReport } from '../../app/adapters/messages/check-templates.ts'
import type { MessagePreview } from '../../app/adapters/messages/preview-message.ts'
import type { PreviewFinding } from '../../app/adapters/messages/preview-finding.ts'
import type { Output } from '../output.ts'
import { plainLine, plainText } from '../text/plain-text.ts'
import { renderFacts, renderTable } from '../views/table.ts'
import { renderRequest } from './render-test.ts'

type Theming = Pick<Output, 'columns' | 'theme'>
type Param = MessagePreview['params'][number]
type Compared = TemplatesReport['templates'][number]

/** A message as the person gets it, what is odd about it, and the request that carries it. */
export function renderPreview(preview: MessagePreview, output: Theming): string {
  const { template, channel, about, message, sms, vendorTemplate, params, findings, request } = preview
  const facts: (readonly [string, string | null])[] = [
    ['Template', `${template} (${channel})`],
    ['About', about],
  ]
  if (vendorTemplate !== null)
    facts.push([
      "Vendor's template",
      `${vendorTemplate.name}${vendorTemplate.language === null ? '' : `, ${vendorTemplate.language}`}`,
    ])
  if (message?.subject != null) facts.push(['Subject', message.subject])
  if (sms !== null) facts.push(['As SMS', smsWords(sms)])
  const blocks = [renderFacts(facts, output)]
  for (const [title, body] of [
    ['TEXT', message?.text],
    ['HTML', message?.html],
  ] as const)
    if (body != null) blocks.push(`${output.theme.faint(title)}\n${plainText(body)}`)
  if (params.length > 0) blocks.push(renderTable(params, paramColumns, output))
  if (findings.length > 0) blocks.push(findings.flatMap(findingLines).join('\n'))
  blocks.push(
    request === null ? 'There is no request: nothing could be sent like this.' : renderRequest(request),
  )
  return blocks.join('\n\n')
}

const paramColumns = [
  { title: 'PARAM', value: ({ name }: Param) => name },
  { title: 'PLACE', value: ({ place }: Param) => place, align: 'right' as const },
  { title: 'FROM', value: ({ from }: Param) => from },
  {
    title: 'VALUE',
    value: ({ value }: Param) => (typeof value === 'string' ? value : JSON.stringify(value)),
    shrink: true,
  },
]

function smsWords({ encoding, segments, units, because }: NonNullable<MessagePreview['sms']>): string {
  const all = `${segments} ${segments === 1 ? 'segment' : 'segments'}, ${units} ${encoding === 'GSM-7' ? 'septets of GSM-7' : 'units of UCS-2'}`
  if (because.length === 0) return all
  const named = because.slice(0, 10).map((one) => `${one} (${codePoint(one)})`)
  return `${all}, because of ${named.join(', ')}${because.length > 10 ? ` and ${because.length - 10} more` : ''}`
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

function findingLines({
  severity,
  code,
  message,
  path,
  fix,
}: Pick<PreviewFinding, keyof PreviewFinding>): readonly string[] {
  const line = plainLine(`${severity} ${code} ${path}: ${message}`)
  return fix === null ? [line] : [line, plainLine(`  fix  ${fix}`)]
}

/** Every message that goes by a vendor's template, with what the vendor says of it. */
export function renderTemplates(report: TemplatesReport, output: Theming): string {
  const { integration, state, code, message, fix, kept, unreadable, templates } = report
  const facts: (readonly [string, string | null])[] = [['Integration', integration]]
  if (kept !== null)
    facts.push([
      'The vendor keeps',
      `${kept}${unreadable === 0 ? '' : `, of which ${unreadable} cannot be read`}`,
    ])
  facts.push(['It is', state === 'unread' ? `${code}: ${message}` : message])
  if (fix !== null) facts.push(['Fix', fix])
  const blocks = templates.length === 0 ? [] : [renderTable(templates, comparedColumns, output)]
  const lines = templates.flatMap(({ template, findings }) =>
    findings.flatMap((finding) => findingLines({ ...finding, path: `Template/${template}.${finding.path}` })),
  )
  if (lines.length > 0) blocks.push(lines.join('\n'))
  return [...blocks, renderFacts(facts, output)].join('\n\n')
}

const comparedColumns = [
  { title: 'TEMPLATE', value: ({ template }: Compared) => template },
  { title: 'CHANNEL', value: ({ channel }: Compared) => channel },
  { title: 'NAME', value: ({ name }: Compared) => name },
  { title: 'LANGUAGE', value: ({ language }: Compared) => language },
  { title: 'STATUS', value: ({ status }: Compared) => status ?? 'not there' },
  { title: 'CATEGORY', value: ({ category }: Compared) => category },
  {
    title: 'IT IS',
    value: ({ findings }: Compared) => (findings.length === 0 ? 'well' : `${findings.length} wrong`),
  },
]
