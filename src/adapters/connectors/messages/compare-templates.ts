import { nearestName } from '../../../kernel/nearest-name.ts'
import type { ChannelMessage, MessageTemplate } from '../../../sales-core/templates/message-template.ts'
import type { VendorTemplate, VendorTemplatePart } from './vendor-template.ts'
import { parametersIn } from './vendor-template.ts'

/** What is wrong with a Template document, seen from what the vendor keeps. */
export interface TemplateFinding {
  readonly severity: 'error' | 'warning'
  /** `NX-VENDOR-TEMPLATE-…` */
  readonly code: string
  readonly message: string
  readonly fix: string
  /** In the document: `channels.whatsapp.params`. */
  readonly path: string
}

/** One message of one document beside what the vendor keeps of it. */
export interface ComparedTemplate {
  readonly template: string
  readonly channel: string
  readonly name: string
  readonly language: string | null
  /** null: the vendor keeps none of that name and language. */
  readonly status: string | null
  readonly category: string | null
  readonly findings: readonly TemplateFinding[]
}

type Report = (code: string, member: string, message: string, fix: string) => void

/** Compares every message of the documents that goes over one of the channels by a vendor's template. Pure. */
export function compareTemplates(
  documents: readonly MessageTemplate[],
  channels: readonly string[],
  kept: readonly VendorTemplate[],
  { language: byLanguage, approved }: { readonly language: boolean; readonly approved: readonly string[] },
): readonly ComparedTemplate[] {
  return documents.flatMap((document) =>
    channels.flatMap((channel) => {
      const message = Object.hasOwn(document.channels, channel) ? document.channels[channel] : undefined
      if (message?.name === undefined) return []
      return [compared(document.name, channel, message, message.name, kept, byLanguage, approved)]
    }),
  )
}

function compared(
  template: string,
  channel: string,
  message: ChannelMessage,
  name: string,
  kept: readonly VendorTemplate[],
  byLanguage: boolean,
  approved: readonly string[],
): ComparedTemplate {
  const findings: TemplateFinding[] = []
  const report: Report = (code, member, text, fix) =>
    findings.push({
      severity: 'error',
      code: `NX-VENDOR-TEMPLATE-${code}`,
      message: text,
      fix,
      path: `channels.${channel}.${member}`,
    })
  const found = findKept(name, message.language, kept, byLanguage, report)
  if (found !== null) {
    checkStatus(found, approved, report)
    checkParameters(message, found, report)
    for (const part of found.parts) checkPart(part, report)
  }
  const { status = null, category = null } = found ?? {}
  return { template, channel, name, language: message.language ?? null, status, category, findings }
}

function findKept(
  name: string,
  language: string | undefined,
  kept: readonly VendorTemplate[],
  byLanguage: boolean,
  report: Report,
): VendorTemplate | null {
  const named = kept.filter((one) => one.name === name)
  const [first] = named
  if (first === undefined) {
    const near = nearestName(name, new Set(kept.map((one) => one.name)))
    const fix =
      near === null
        ? 'Make it at the vendor and wait until it is approved, or name another.'
        : `Did you mean '${near}'?`
    report('MISSING', 'name', `The vendor keeps no template '${name}'`, fix)
    return null
  }
  if (!byLanguage) return first
  const found = named.find((one) => one.language === (language ?? null))
  if (found !== undefined) return found
  const there = named.map((one) => one.language ?? '').join(', ')
  const message =
    language === undefined ? 'No language is named' : `The vendor does not keep '${name}' in ${language}`
  report(
    'LANGUAGE',
    'language',
    message,
    `It is there in ${there}: write one of them, or add the language at the vendor.`,
  )
  return null
}

function checkStatus({ status, reason }: VendorTemplate, approved: readonly string[], report: Report): void {
  if (approved.includes(status)) return
  const why = reason === null || reason === 'NONE' ? '' : `: ${reason}`
  const fix =
    status === 'PENDING' || status === 'IN_APPEAL'
      ? 'Wait for the approval before the document is applied.'
      : 'Correct it at the vendor and submit it again, or name another template.'
  report('STATUS', 'name', `The vendor does not let it be sent: ${status}${why}`, fix)
}

function checkParameters(
  { params = [], by = 'name' }: ChannelMessage,
  kept: VendorTemplate,
  report: Report,
): void {
  const wanted = kept.parts.filter(({ kind }) => kind === 'BODY').flatMap(({ text }) => parametersIn(text))
  if (wanted.length > 0 && params.length > 0 && kept.by !== by) {
    const message = `The vendor's parameters are ${kept.by === 'place' ? 'places: {{1}}' : `names: {{${wanted[0]}}}`}`
    report('BY', 'by', message, kept.by === 'place' ? 'Write by: place.' : 'Remove by: place.')
    return
  }
  if (kept.by === 'place' || wanted.length === 0) {
    if (params.length === wanted.length) return
    const message = `The vendor's body takes ${wanted.length} parameters, the document gives ${params.length}`
    report('PARAMS', 'params', message, `Its body: ${bodyOf(kept)}`)
    return
  }
  const missing = wanted.filter((name) => !params.includes(name))
  const unknown = params.filter((name) => !wanted.includes(name))
  if (missing.length > 0)
    report(
      'PARAMS',
      'params',
      `The vendor's body asks for ${missing.join(', ')}`,
      `Write params: [${wanted.join(', ')}].`,
    )
  if (unknown.length > 0)
    report(
      'PARAMS',
      'params',
      `The vendor's body knows no ${unknown.join(', ')}`,
      `Write params: [${wanted.join(', ')}].`,
    )
}

function bodyOf({ parts }: VendorTemplate): string {
  const body = parts.find(({ kind }) => kind === 'BODY')?.text ?? ''
  return body.length > 200 ? `${body.slice(0, 200)}…` : body
}

/** Parts and buttons that go out with nothing given. */
const bareParts = new Set(['HEADER', 'BODY', 'FOOTER', 'BUTTONS'])
const bareButtons = new Set(['URL', 'PHONE_NUMBER', 'QUICK_REPLY', 'VOICE_CALL', 'CATALOG'])

/** Headers, cards and buttons that want a value of their own: a Template document fills bodies only. */
function checkPart({ kind, format, text, buttons }: VendorTemplatePart, report: Report): void {
  const fix = 'Send it by `call:` with `components` in the vendor’s words, or name a template without.'
  const add = (message: string): void => report('PARTS', 'name', message, fix)
  if (!bareParts.has(kind)) add(`Its part ${kind} wants values of its own`)
  if (kind === 'HEADER' && format !== null && format !== 'TEXT')
    add(`Its header is of the kind ${format}, which every message must bring`)
  if (kind === 'HEADER' && parametersIn(text).length > 0)
    add(`Its header has the parameter ${parametersIn(text).join(', ')}`)
  for (const [index, button] of buttons.entries()) {
    if (bareButtons.has(button.kind) && parametersIn(button.url).length === 0) continue
    add(`Its button ${index + 1} (${button.text ?? button.kind}) wants a value of its own`)
  }
}
