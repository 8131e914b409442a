import { NxError } from '../../../kernel/errors.ts'
import { nearestName } from '../../../kernel/nearest-name.ts'
import { connectorOf } from '../vendors/registry.ts'
import { gohighlevelFake } from './contracts/gohighlevel-fake.ts'
import { resendFake } from './contracts/resend-fake.ts'
import { slackFake } from './contracts/slack-fake.ts'
import { teamsFake, teamsWorkflowFake } from './contracts/teams-fake.ts'
import { twilioFake } from './contracts/twilio-fake.ts'
import { webhookFake } from './contracts/webhook-fake.ts'
import { whatsappFake } from './contracts/whatsapp-fake.ts'
import { tokenOperation } from './engine/fake-login.ts'
import type { FakeContract } from './fake-contract.ts'
import { FakeVendor } from './fake-vendor.ts'
import { FakeVendorServer } from './fake-vendor-server.ts'
import type { FakeVendorOptions } from './fake-vendor-server.ts'

/** The vendors that can be played: one contract each. */
const contracts: ReadonlyMap<string, FakeContract> = new Map(
  [
    gohighlevelFake,
    resendFake,
    slackFake,
    teamsFake,
    teamsWorkflowFake,
    twilioFake,
    webhookFake,
    whatsappFake,
  ].map((contract) => [contract.connector, contract]),
)

export const fakeNames: readonly string[] = [...contracts.keys()]

/** Throws NX-FAKE-UNKNOWN (usage) with the names that there are. */
export function fakeContractOf(name: string): FakeContract {
  const found = contracts.get(name)
  if (found !== undefined) return found
  const meant = nearestName(name, fakeNames)
  throw new NxError('usage', 'NX-FAKE-UNKNOWN', `There is no fake of '${name}'`, {
    ...(name === 'smtp'
      ? { detail: 'Mail servers for tests there are many: point connection.host and port at one.' }
      : {}),
    fix: `${meant === null || meant === name ? '' : `Did you mean '${meant}'? `}Fakes: ${fakeNames.join(', ')}.`,
  })
}

/** A server that plays this vendor; not started. Throws NX-FAKE-UNKNOWN. */
export function fakeVendorServer(
  name: string,
  options: Omit<FakeVendorOptions, 'vendor' | 'token'> = {},
): FakeVendorServer {
  const contract = fakeContractOf(name)
  const definition = connectorOf(name)
  const operations = [...Object.keys(definition.operations), tokenOperation]
  const vendor = { name, behaviour: new FakeVendor(definition, contract), operations }
  return new FakeVendorServer({ ...options, vendor })
}
