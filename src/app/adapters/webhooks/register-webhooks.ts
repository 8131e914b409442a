import type { RegisteredEntry } from '../../../adapters/connectors/webhooks/registration/read-entries.ts'
import type { RegistrationByApi } from '../../../adapters/connectors/webhooks/registration/webhook-registration.ts'
import { NxError } from '../../../kernel/errors.ts'
import { actorName } from '../../../platform/access/actor.ts'
import { foundReport, looked, vendorOf } from './look-at-webhooks.ts'
import { conflict, required, requiredApi, requireKeys } from './registration-needs.ts'
import { requireSecretName, secretKeeper, secretStanding } from './signing-secret.ts'
import type { VendorWebhooks } from './vendor-webhooks.ts'
import type { WebhookAsk, WebhookReport } from './webhook-report.ts'
import { judgeEntries, requiredAddress } from './webhook-standing.ts'
import type { RegistrationFindings } from './webhook-standing.ts'

/**
 * Has the vendor send to us. The same again changes nothing. Throws, beside what looking throws: NX-WEBHOOK-BY-HAND, NX-WEBHOOK-MODE,
 * NX-WEBHOOK-PLACE, NX-WEBHOOK-OVERRULED, NX-WEBHOOK-SECRET, NX-WEBHOOK-BUSY (conflict), NX-WEBHOOK-CONNECTION, NX-WEBHOOK-KEY (configuration),
 * NX-DENIED, and what the vendor's answers mean.
 */
export async function registerWebhooks(asked: WebhookAsk): Promise<WebhookReport> {
  const address = requiredAddress(asked.adapter, asked.place, asked.settings)
  const api = requiredApi(asked)
  const secretName = requireSecretName(asked, api)
  await using vendor = vendorOf(asked, api)
  await requireKeys(asked, vendor)
  return await alone(asked, async () => registered({ asked, api, vendor, address, secretName }))
}

async function registered(setting: Setting): Promise<WebhookReport> {
  const { asked, api, vendor, address } = setting
  const found = await foundBy(asked, api, vendor, address)
  if (found.state === 'registered') return { ...foundReport(asked, address, found), done: 'unchanged' }
  if (found.overruled !== null)
    throw conflict('NX-WEBHOOK-OVERRULED', found.overruled, 'Then register again.')
  const id = found.ours[0]?.id ?? found.placeId
  if (api.place !== undefined && id === '')
    throw conflict('NX-WEBHOOK-PLACE', api.place.says, 'Correct the connection, and neuronx config apply.')
  if (found.state === 'other') await asked.confirm(overwriteQuestion(asked, found, address))

  const isChanged = found.ours.length > 0 && !found.secretLost && api.change !== undefined
  const note = { before: beforeOf(found), after: { address, secret: isChanged ? null : setting.secretName } }
  const secretStored = await noted(asked, 'integration.webhook_register', note, async () => {
    // What comes twice would reach a lead twice.
    for (const one of found.ours.slice(1)) required(asked, await vendor.remove(one.id))
    if (!isChanged) return await setAnew(setting, found, id)
    required(asked, await vendor.change(address, id))
    return null
  })
  return { ...(await looked(asked, api, vendor, address)), done: 'registered', secretStored }
}

/** Has the vendor send nothing more to us. What others receive is left as it is. Throws as registering does, and NX-WEBHOOK-OTHER. */
export async function removeWebhooks(asked: WebhookAsk): Promise<WebhookReport> {
  const address = requiredAddress(asked.adapter, asked.place, asked.settings)
  const api = requiredApi(asked)
  await using vendor = vendorOf(asked, api)
  return await alone(asked, async () => removed({ asked, api, vendor, address }))
}

async function removed({ asked, api, vendor, address }: Omit<Setting, 'secretName'>): Promise<WebhookReport> {
  const found = await foundBy(asked, api, vendor, address)
  const [mixed] = found.others.filter(({ addresses }) => Object.values(addresses).includes(address))
  if (mixed !== undefined) {
    const held = Object.entries(mixed.addresses).map(([path, value]) => `${path}: ${value}`)
    throw conflict(
      'NX-WEBHOOK-OTHER',
      `Another address stands beside ours (${held.join(', ')})`,
      'Take ours out at the vendor.',
    )
  }
  if (found.ours.length === 0) return { ...foundReport(asked, address, found), done: 'unchanged' }
  const { name, connector } = asked.adapter.integration
  await asked.confirm(
    `Have ${connector.definition.vendor} send nothing more to ${address}? What leads answer is then not seen by ${name}.`,
  )
  const note = { before: beforeOf(found), after: { address: null } }
  await noted(asked, 'integration.webhook_remove', note, async () => {
    for (const { id } of found.ours) required(asked, await vendor.remove(id))
  })
  return { ...(await looked(asked, api, vendor, address)), done: 'removed' }
}

interface Setting {
  readonly asked: WebhookAsk
  readonly api: RegistrationByApi
  readonly vendor: VendorWebhooks
  readonly address: string
  readonly secretName: string | null
}

/** Sets the address, or makes an entry in the place of ours. Returns the name of the secret that was stored. */
async function setAnew(
  { asked, api, vendor, address, secretName }: Setting,
  { ours }: RegistrationFindings,
  id: string,
): Promise<string | null> {
  if (ours.length > 0 && api.holds === 'many') required(asked, await vendor.remove(id))
  if (secretName === null) {
    required(asked, await vendor.set(address, id))
    return null
  }
  // Nothing can go wrong between the vendor's answer and the row but the row itself.
  const keep = await secretKeeper(asked, secretName)
  const made = required(asked, await vendor.set(address, id))
  const trouble = made.secret === null ? 'The vendor did not tell it' : await keep(made.secret)
  if (trouble === null) return secretName
  const back = made.id === '' ? null : await vendor.remove(made.id)
  const left = back?.state === 'done' ? 'What was registered was taken back.' : 'It is still registered.'
  throw new NxError('conflict', 'NX-WEBHOOK-SECRET', 'What the vendor signs with could not be stored', {
    detail: `${trouble}. ${left}`,
    fix: `Try again, or register it by hand and store the secret: neuronx secret set ${secretName} --tenant ${asked.place.slug}`,
  })
}

/** Two at once would each find nothing, and make one each: everything would come twice. Throws NX-WEBHOOK-BUSY. */
async function alone(
  { operator, place, adapter }: WebhookAsk,
  work: () => Promise<WebhookReport>,
): Promise<WebhookReport> {
  const done = await operator.integrationControl.alone(place.tenantId, adapter.integration.name, work)
  if (done !== null) return done.result
  throw conflict(
    'NX-WEBHOOK-BUSY',
    'Somebody else is telling the vendor now',
    'Look again when they are done.',
  )
}

interface Found extends RegistrationFindings {
  readonly entries: readonly RegisteredEntry[]
  /** With one place for one address: the id of that place; '' when there is none, or when it has no id. */
  readonly placeId: string
}

async function foundBy(
  asked: WebhookAsk,
  api: RegistrationByApi,
  vendor: VendorWebhooks,
  address: string,
): Promise<Found> {
  const { entries } = required(asked, await vendor.read(address))
  const [first] = entries
  if (api.place !== undefined && entries.length > 1)
    throw conflict(
      'NX-WEBHOOK-PLACE',
      'The vendor has several places that could be meant',
      'Register it by hand.',
    )
  const findings = judgeEntries(api, entries, await secretStanding(asked, api))
  return { ...findings, entries, placeId: api.holds === 'one' ? (first?.id ?? '') : '' }
}

/** Who asked for what, before the vendor is told: a process that dies in between leaves that; and how it ended, after. */
async function noted<T>(
  { operator, place, adapter, reason }: WebhookAsk,
  action: 'integration.webhook_register' | 'integration.webhook_remove',
  {
    before,
    after,
  }: {
    readonly before: { readonly addresses: readonly string[] }
    readonly after: { readonly address: string | null; readonly secret?: string | null }
  },
  work: () => Promise<T>,
): Promise<T> {
  const { integrationControl: control, actor } = operator
  const note = async (end: string): Promise<void> =>
    control.noteWebhooks(place.tenantId, adapter.integration.name, actorName(actor), {
      action,
      reason,
      before: { addresses: [...before.addresses] },
      after: { ...after, end },
    })
  await note('asked')
  try {
    const result = await work()
    await note('done')
    return result
  } catch (error) {
    await note(error instanceof NxError ? error.code : 'NX-BUG')
    throw error
  }
}

function beforeOf({ ours, others }: RegistrationFindings): { readonly addresses: readonly string[] } {
  return {
    addresses: [...new Set([...ours, ...others].flatMap(({ addresses }) => Object.values(addresses)))],
  }
}

function overwriteQuestion(
  { adapter }: WebhookAsk,
  { others }: RegistrationFindings,
  address: string,
): string {
  const held = others.flatMap(({ addresses }) => Object.entries(addresses))
  const shown = [
    ...new Set(held.filter(([, value]) => value !== address).map(([path, value]) => `${path} ${value}`)),
  ]
  return `${adapter.integration.connector.definition.vendor} sends elsewhere now: ${shown.join(', ')}. Overwrite it with ${address}?`
}
