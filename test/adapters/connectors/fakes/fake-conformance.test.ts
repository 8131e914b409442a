import { expect } from 'chai'
import { fakeContractOf } from '../../../../src/adapters/connectors/fakes/known-fakes.ts'
import { connectorOf } from '../../../../src/adapters/connectors/vendors/registry.ts'
import type { JsonObject } from '../../../../src/kernel/json.ts'
import { OpenApiCheck } from '../../../support/openapi-check.ts'
import { sharedData } from '../../../support/shared-data.ts'
import { FakeSetup, inputs } from './fake-setup.ts'

/** Where the descriptions of a vendor are, by the name that the connector gives. */
const descriptions: Readonly<Record<string, (file: string) => string>> = {
  gohighlevel: (file) => `specs/ghl/apps/${file}.json`,
  twilio: () => 'specs/twilio/twilio_api_v2010.json',
  slack: () => 'specs/slack/slack_web_openapi_v2_without_examples.json',
}

interface Waiver {
  readonly operation: string
  readonly problem: RegExp
  readonly why: string
}

/** What a fake says otherwise than its vendor's description, and why. */
const waivers: Readonly<Record<string, readonly Waiver[]>> = {
  gohighlevel: [
    {
      operation: 'tag.add',
      problem: /"unevaluatedProperty":"tagsAdded"/,
      why: 'the connector reads it; seen in answers, left out of the description',
    },
    {
      operation: 'conversation.messages',
      problem: /^\/messages must be array/,
      why: 'the described list stands one level deeper in real answers, with lastMessageId and nextPage beside it',
    },
    {
      operation: 'conversation.messages',
      problem: /must have required property '(lastMessageId|nextPage)'/,
      why: 'as above',
    },
  ],
  twilio: [],
  slack: [
    {
      operation: 'user.find',
      problem: /^\/user must have required property '(profile|is_bot|is_app_user|updated)'/,
      why: 'every flag of a user is marked as required; the connector reads the id',
    },
    {
      operation: 'user.find',
      problem:
        /^\/user must (match a schema in anyOf|NOT have unevaluated properties \{"unevaluatedProperty":"(id|team_id|name|real_name|tz|deleted)"\})/,
      why: 'as above: of a user without a flag none of the kinds described counts',
    },
  ],
}

/** What a fake takes though the description does not name it, and the other way round. */
const fieldWaivers: Readonly<Record<string, readonly string[]>> = {
  // Described as an empty object; the filters are on a page outside the description.
  'gohighlevel contact.search': ['locationId', 'query', 'filters', 'sort', 'page', 'pageLimit'],
  // Marked as required, and left out by the vendor's own examples.
  'gohighlevel message.send': ['subType', 'status'],
  // contactId is in other versions; the others only change who follows.
  'gohighlevel deal.upsert': ['contactId', 'followers', 'isRemoveAllFollowers', 'followersActionType'],
  // The token goes into a header, as the vendor says elsewhere.
  'slack *': ['token'],
}

for (const [name, place] of Object.entries(descriptions)) {
  describe(`The fake of ${name} and its vendor's description`, () => {
    const used = new Set<Waiver>()
    const { operations } = connectorOf(name)
    const described = Object.entries(operations).flatMap(([operation, { method, spec }]) => {
      const file = spec === undefined ? null : sharedData(place(spec.file))
      return spec === undefined || file === null ? [] : [{ operation, method, template: spec.path, file }]
    })
    before(function () {
      if (described.length === 0) this.skip()
    })

    for (const { operation, method, template, file } of described) {
      it(`${operation} takes what is described, and no more`, () => {
        const check = new OpenApiCheck(file)
        const fields = check.fields(method, template)
        const { body, query } = fakeContractOf(name).operations[operation] ?? {}
        const waived = [...(fieldWaivers[`${name} ${operation}`] ?? []), ...(fieldWaivers[`${name} *`] ?? [])]
        const taken = [body, query].flatMap((one) => [...(one?.required ?? []), ...(one?.optional ?? [])])
        expect(
          taken.filter((field) => !fields.known.includes(field) && !waived.includes(field)),
        ).to.deep.equal([])
        const required = [body, query].flatMap((one) => one?.required ?? [])
        const lacking = fields.required.filter(
          (field) => !required.includes(field) && !waived.includes(field),
        )
        expect(lacking, 'required there').to.deep.equal([])
      })

      it(`${operation} is answered as described`, async () => {
        const check = new OpenApiCheck(file)
        await using setup = await FakeSetup.start(name)
        // Something to be found.
        const sent = inputs[name]?.['message.send'] ?? {}
        await setup.run('message.send', sent)
        if (name === 'gohighlevel') await setup.run('contact.upsert', inputs[name]?.['contact.upsert'] ?? {})
        const answers: { status: number; body: unknown }[] = []
        await setup.recording(
          answers,
          async () => await setup.run(operation, inputs[name]?.[operation] ?? {}),
        )
        const [answer] = answers
        if (answer === undefined) throw new Error('Nothing was answered')
        const problems = check.answerProblems(method, template, answer.status, answer.body)
        const left = problems.filter((problem) => {
          const waiver = waivers[name]?.find(
            (one) => one.operation === operation && one.problem.test(problem),
          )
          if (waiver !== undefined) used.add(waiver)
          return waiver === undefined
        })
        expect(left, JSON.stringify(answer)).to.deep.equal([])
      })
    }

    it('every waiver is still needed', () => {
      expect((waivers[name] ?? []).filter((waiver) => !used.has(waiver))).to.deep.equal([])
    })
  })
}

describe('The check of answers', () => {
  it('notices a field that is not described, and one of another type', function () {
    const file = sharedData('specs/twilio/twilio_api_v2010.json')
    if (file === null) return this.skip()
    const check = new OpenApiCheck(file)
    const path = '/2010-04-01/Accounts/{AccountSid}/Messages.json'
    const problems = (body: JsonObject) => check.answerProblems('POST', path, 201, body).join()
    expect(problems({ sid: `SM${'0'.repeat(32)}` })).to.equal('')
    expect(problems({ sidd: 'x' })).to.contain('sidd')
    expect(problems({ num_media: 0 })).to.contain('num_media')
    const listed = (item: JsonObject) => check.answerProblems('GET', path, 200, { messages: [item] }).join()
    expect(listed({ body: 'Hi' })).to.equal('')
    expect(listed({ bdoy: 'Hi' }))
      .to.contain('/messages/0')
      .and.to.contain('bdoy')
  })

  it('notices a misspelt field of an object in an answer', function () {
    const file = sharedData('specs/slack/slack_web_openapi_v2_without_examples.json')
    if (file === null) return this.skip()
    const check = new OpenApiCheck(file)
    const answer = { ok: true, channel: 'C1', ts: '1.2', text: 'Hi' }
    const problems = (message: JsonObject) =>
      check.answerProblems('POST', '/chat.update', 200, { ...answer, message }).join()
    expect(problems({ text: 'Hi' })).to.equal('')
    expect(problems({ text: 'Hi', blokcs: {} }))
      .to.contain('/message')
      .and.to.contain('blokcs')
  })
})
