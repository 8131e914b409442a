import { ConnectorExecutor } from '../../../adapters/connectors/connector-executor.ts'
import type { ConnectorDefinition } from '../../../adapters/connectors/define-connector.ts'
import type { Integration } from '../../../adapters/connectors/integration.ts'
import { compareTemplates } from '../../../adapters/connectors/messages/compare-templates.ts'
import type { ComparedTemplate } from '../../../adapters/connectors/messages/compare-templates.ts'
import { vendorTemplateReader } from '../../../adapters/connectors/messages/vendor-template.ts'
import type { VendorTemplate } from '../../../adapters/connectors/messages/vendor-template.ts'
import { readAll } from '../../../adapters/connectors/reading/read-all.ts'
import { OutgoingClient } from '../../../adapters/http/outgoing-client.ts'
import type { DocumentSet } from '../../../control-plane/documents/document-kind.ts'
import { NxError } from '../../../kernel/errors.ts'
import { silentLogger } from '../../../kernel/logger.ts'
import { templateShape } from '../../../sales-core/kinds/outreach/template-shape.ts'
import type { Settings } from '../../config/settings.ts'
import type { Operator } from '../../operator.ts'
import type { AdapterPlace } from '../catalog/active-adapter.ts'
import { operatorReach } from '../testing/operator-credentials.ts'
import { fixOf } from '../testing/outcome-fixes.ts'

/** What a comparison of a tenant's Template documents with what the vendor keeps came to. */
export interface TemplatesReport {
  readonly integration: string
  /** `unread`: the vendor's list could not be read whole; then nothing is compared. */
  readonly state: 'ok' | 'different' | 'unread'
  readonly code: string | null
  readonly message: string
  readonly fix: string | null
  /** How many the vendor keeps; null: unread. */
  readonly kept: number | null
  /** Of them, items that this version cannot read: the vendor may have changed its answer. */
  readonly unreadable: number
  readonly templates: readonly ComparedTemplate[]
}

/** A vendor keeps some hundreds; a list without end is not read on. */
const limits = { pagesMax: 200, itemsMax: 20_000, timeMs: 120_000 }

/**
 * Reads the vendor's templates, all pages, and compares every Template document that goes over this integration by one of them. Only
 * reads. Throws NX-ADAPTER-NO-TEMPLATES (configuration), NX-MASTER-KEY-….
 */
export async function checkTemplates(
  operator: Operator,
  settings: Pick<Settings, 'masterKeyFile' | 'egressAllowPrivate' | 'dataDir' | 'databaseUrl'>,
  place: AdapterPlace,
  { set, integration: named }: { readonly set: DocumentSet; readonly integration: Integration },
  signal: AbortSignal,
): Promise<TemplatesReport> {
  const { definition } = named.connector
  const { templates } = definition
  if (templates === undefined)
    throw new NxError('configuration', 'NX-ADAPTER-NO-TEMPLATES', `'${named.name}' lists no templates`, {
      detail: `The connector ${definition.connector} does not say how the vendor's templates are listed.`,
      fix: `See a message without sending it: neuronx adapter test ${named.name} --render message.send --template NAME`,
    })
  const read = await keptTemplates(operator, settings, place, named, definition, templates.list, signal)
  const integration = named.name
  if ('code' in read) {
    const fix =
      read.code === 'NX-CONNECTOR-INPUT'
        ? `Add what is missing to the document of ${integration}.`
        : fixOf(read.code, integration, place.slug)
    return { integration, state: 'unread', ...read, fix, kept: null, unreadable: 0, templates: [] }
  }
  const { kept, unreadable } = read
  const channels = templates.channels.filter((channel) => Object.hasOwn(named.channels, channel))
  const documents = set.ofKind(templateShape).map(({ spec }) => spec)
  const compared = compareTemplates(documents, channels, kept, templates)
  const wrong = compared.filter(({ findings }) =>
    findings.some(({ severity }) => severity === 'error'),
  ).length
  return {
    integration,
    state: wrong === 0 ? 'ok' : 'different',
    code: wrong === 0 ? null : 'NX-VENDOR-TEMPLATES',
    message:
      wrong === 0
        ? `All ${compared.length} fit what the vendor keeps`
        : `${wrong} of ${compared.length} would be refused by the vendor`,
    fix: null,
    kept: kept.length + unreadable,
    unreadable,
    templates: compared,
  }
}

type Kept =
  | { readonly kept: readonly VendorTemplate[]; readonly unreadable: number }
  | { readonly code: string; readonly message: string }

async function keptTemplates(
  operator: Operator,
  settings: Parameters<typeof checkTemplates>[1],
  place: AdapterPlace,
  named: Integration,
  definition: ConnectorDefinition,
  list: string,
  signal: AbortSignal,
): Promise<Kept> {
  const { clock } = operator
  await using client = new OutgoingClient({ allowPrivate: settings.egressAllowPrivate })
  const reach = await operatorReach(operator, settings, place, named, client)
  const executor = new ConnectorExecutor({ ...reach, client, clock, logger: silentLogger })
  const readItem = vendorTemplateReader(definition)
  const kept: VendorTemplate[] = []
  let unreadable = 0
  const operation = definition.operations[list]
  if (operation === undefined) return { code: 'NX-BUG', message: `There is no operation ${list}` }
  const { tenantId, workspace } = place
  const outcome = await readAll({
    readPage: async (asked, stopped) => await executor.readPage(asked, stopped),
    clock,
    operation,
    asked: { tenantId, workspace, integration: named.name, operation: list, input: {} },
    since: null,
    limits,
    onItems: async (items) => {
      for (const item of items) {
        const template = readItem(item)
        if (template === null) unreadable += 1
        else kept.push(template)
      }
    },
    signal,
  })
  if (outcome.state === 'complete') return { kept, unreadable }
  if (outcome.state === 'cut')
    return { code: 'NX-READ-CUT', message: `The list was cut after ${outcome.pages} pages: ${outcome.why}` }
  const { outcome: failed } = outcome
  if (failed.state === 'succeeded') return { code: 'NX-BUG', message: 'A page failed and succeeded' }
  return { code: failed.error.code, message: failed.error.message }
}
