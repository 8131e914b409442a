import { expect } from 'chai'
import pg from 'pg'
import { systemClock } from '../../src/kernel/clock.ts'
import { silentLogger } from '../../src/kernel/logger.ts'
import type { ShardLease } from '../../src/messaging/ownership/shard-leases.ts'
import type { SalesConfig } from '../../src/sales-core/compile/sales-config.ts'
import { workflowShape } from '../../src/sales-core/kinds/workflow-shape.ts'
import type { Settlement } from '../../src/messaging/commands/command-queue.ts'
import { EventProcessor } from '../../src/sales-core/processing/event-processor.ts'
import { targetOf } from '../../src/sales-core/workflows/operations/follow-watch.ts'
import { openTestDatabase } from '../support/database.ts'
import { salesConfig, salesDocuments } from '../support/sales/sales-config.ts'
import { stepEdits, yamlOf } from '../support/sales/step-edits.ts'
import { incoming, request } from '../support/stores/intake.ts'
import { testRunner } from '../support/stores/jobs.ts'
import { createTenant } from '../support/stores/tenants.ts'

const hourMs = 3_600_000
const pinned = 'on_change: { text: pin, timing: pin, structure: pin }\n'
const migrating = 'on_change: { structure: migrate }\n'
const longer = (yaml: string): string => `${yaml}  - { id: more, call: sink.more }\n`

const succeeded: Settlement = { state: 'succeeded', result: { ok: true }, durationMs: 1 }
const refused: Settlement = {
  ...{ state: 'dead', deadClass: 'permanent', durationMs: 1 },
  error: { code: 'NX-CALL-REFUSED', message: 'No', status: 400, answer: null },
}

/** One workflow before and after its edit, and where an instance that waits at its step has to be then. */
interface Edit {
  readonly title: string
  readonly before: string
  readonly after: string
  /** Does its first call fail before the edit? */
  readonly failsFirst: boolean
  /** Does it run by the new definition? */
  readonly moves: boolean
  /** By how much its first wait ends earlier. */
  readonly earlierMs: number
  /** Is the step that was added carried out in the end? */
  readonly addsMore: boolean
}

const edits: readonly Edit[] = stepEdits.flatMap((step): Edit[] => {
  const { verb, base, text, timing, structure, migrates, waitsToRetry = false } = step
  const edit = (title: string, after: string, change: Partial<Edit> = {}): Edit => ({
    ...{ title: `${verb}: ${title}`, before: yamlOf(base), after },
    ...{ failsFirst: waitsToRetry, moves: false, earlierMs: 0, addsMore: false, ...change },
  })
  const timed =
    timing === undefined
      ? []
      : [
          edit('other times, which it follows', yamlOf(timing), { earlierMs: waitsToRetry ? 0 : hourMs }),
          edit('other times, pinned', yamlOf(timing, pinned)),
        ]
  return [
    ...(text === undefined
      ? []
      : [edit('other texts', yamlOf(text)), edit('other texts, pinned', yamlOf(text, pinned))]),
    ...timed,
    edit('another structure', yamlOf(structure)),
    edit('another structure, pinned', yamlOf(structure, pinned)),
    edit('another structure, migrating', yamlOf(structure, migrating), { moves: migrates }),
    edit('one more step', longer(yamlOf(base))),
    edit('one more step, migrating', longer(yamlOf(base, migrating)), { moves: true, addsMore: true }),
  ]
})

interface Row {
  readonly id: string
  readonly digest: string
  readonly status: string
  readonly step: string | null
  readonly until: string | null
  readonly wakes: string | null
}

describe('editing a workflow while rows of it wait', function () {
  this.timeout(120_000)
  let opened: Awaited<ReturnType<typeof openTestDatabase>>
  let behind: pg.Client
  let leases: readonly ShardLease[]
  let processor: EventProcessor
  const active = new Map<string, SalesConfig>()
  const stored = new Map<string, string>()
  const tenants = new Map<Edit, string>()
  const began = new Map<Edit, Row>()

  before(async () => {
    opened = await openTestDatabase()
    behind = new pg.Client({ connectionString: opened.test.superuserUrl, options: '-c search_path=neuronx' })
    await behind.connect()
    leases = await opened.database.stores.shardLeases.heartbeat({
      ...{ daemonId: 'a', host: 'h', version: '1', leaseMs: hourMs },
    })
    processor = new EventProcessor({
      store: opened.database.stores.decisions,
      configs: {
        configFor: async (tenantId) => ({ config: active.get(tenantId)!, unknownEvents: 'accept' }),
        document: async (_tenantId, digest) => {
          const yaml = stored.get(digest)
          const workflows = yaml === undefined ? [] : salesDocuments(yaml).ofKind(workflowShape)
          return workflows.find(({ document }) => document.name === 'w')?.document ?? null
        },
      },
      clock: systemClock,
      logger: silentLogger,
    })
    for (const edit of edits) await begin(edit)
    await follow()
  })
  after(async () => {
    await behind.end()
    await opened.close()
  })

  async function begin(edit: Edit): Promise<void> {
    const { id: tenantId } = await createTenant(opened.database)
    tenants.set(edit, tenantId)
    active.set(tenantId, salesConfig(edit.before))
    for (const yaml of [edit.before, edit.after]) stored.set(salesConfig(yaml).workflow('w')!.digest, yaml)
    const data = { name: 'Ada', country: 'AE', source: 'web' }
    const lead = { kind: 'lead', id: '1' }
    const event = incoming({
      tenantId,
      type: 'lead.created',
      subject: lead,
      data,
      time: new Date().toISOString(),
    })
    await opened.database.stores.intake.acceptAll([request(tenantId, event)])
    await applyAll(tenantId)
    if (edit.failsFirst) {
      await answerAll(tenantId, refused)
      await applyAll(tenantId)
    }
    began.set(edit, await rowOf(edit))
    active.set(tenantId, salesConfig(edit.after))
  }

  /** As the watch, the jobs and the consumer do, at the same time: a job is over when what it asked for was applied. */
  async function follow(): Promise<void> {
    const { workflowFollow: store, jobs } = opened.database.stores
    const open: Promise<void>[] = []
    for (const known of await store.known(500, null)) {
      const target = targetOf(known, active.get(known.tenantId)!, 500)
      const begun = target === null ? null : await store.begin(known, target)
      const jobId = begun?.jobId ?? null
      if (jobId === null) continue
      const work = testRunner(opened.database).workOn(jobId, new AbortController().signal)
      open.push(
        work.then(async () => {
          expect((await jobs.job(known.tenantId, jobId))?.status).to.equal('succeeded')
        }),
      )
    }
    let over = false
    const all = Promise.all(open).finally(() => (over = true))
    while (!over) for (const tenantId of active.keys()) await applyAll(tenantId)
    await all
  }

  async function applyAll(tenantId: string): Promise<void> {
    for (;;) {
      const { rows } = await behind.query<{ key: string; applied: number }>(
        `select h.entity_key as key, coalesce(e.applied_seq, 0)::integer as applied from entity_head h
         left join entity e on e.tenant_id = h.tenant_id and e.entity_key = h.entity_key
         where h.tenant_id = $1 and h.seq > coalesce(e.applied_seq, 0)`,
        [tenantId],
      )
      if (rows.length === 0) return
      const { outbox } = opened.database.stores
      for (const { key, applied } of rows)
        await processor.process(await outbox.entityRange(tenantId, key, applied + 1, applied + 100), leases)
    }
  }

  async function rowOf(edit: Edit): Promise<Row> {
    const { rows } = await behind.query<Row>(
      `select id, definition_digest as digest, status, state->>'stepId' as step, state->'wait'->>'until' as until,
         to_char(t.wake_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as wakes
       from workflow_instance w left join workflow_timer t on t.instance_id = w.id and t.seq = w.seq
       where w.tenant_id = $1 and workflow = 'w'`,
      [tenants.get(edit)],
    )
    expect(rows, edit.title).to.have.length(1)
    return rows[0] as Row
  }

  /** Every command of a tenant that is asked for ends so. */
  async function answerAll(tenantId: string, settlement: Settlement): Promise<void> {
    const { commands } = opened.database.stores
    const leased = await commands.claim({
      ...{ daemonId: 'a', max: 1_000, leaseMs: 600_000 },
      share: async () => ({
        ...{ room: 1_000, perSecond: 10_000, burst: 10_000, weight: 1, tenantInFlight: 0, tenantRoom: 1_000 },
      }),
    })
    const [own = [], others = []] = [true, false].map((isOwn) =>
      leased.filter(({ command }) => (command.tenantId === tenantId) === isOwn),
    )
    await commands.release(others)
    await commands.markSent(own.filter(({ command }) => command.repeatable === 'no'))
    await commands.settle(own.map((one) => ({ leased: one, settlement })))
  }

  /** Lets every call succeed and everything fall due, until nothing is left. */
  async function finish(edit: Edit): Promise<readonly string[]> {
    const tenantId = tenants.get(edit) as string
    const { timers } = opened.database.stores
    for (let round = 0; round < 20; round += 1) {
      await answerAll(tenantId, succeeded)
      await applyAll(tenantId)
      await behind.query(
        `update workflow_timer set wake_at = clock_timestamp() - interval '1 s' where tenant_id = $1`,
        [tenantId],
      )
      await timers.fireDue(
        leases.map(({ shard }) => shard),
        100,
      )
      await applyAll(tenantId)
      if ((await rowOf(edit)).status !== 'waiting') break
    }
    const { rows } = await behind.query<{ operation: string }>(
      'select operation from command where tenant_id = $1 order by created_at, operation',
      [tenantId],
    )
    return rows.map(({ operation }) => operation)
  }

  for (const edit of edits)
    it(`leaves none lost and none in two places: ${edit.title}`, async () => {
      const [was, is] = [began.get(edit) as Row, await rowOf(edit)]
      const digests = [edit.before, edit.after].map((yaml) => salesConfig(yaml).workflow('w')?.digest)
      expect(was.digest).to.equal(digests[0])
      expect(is).to.include({ id: was.id, status: 'waiting', wakes: is.until })
      expect(is.digest).to.equal(digests[edit.moves ? 1 : 0])
      expect(is.step).to.equal(was.step)
      if (was.until === null) expect(is.until).to.equal(null)
      else expect(Date.parse(was.until) - Date.parse(is.until ?? '')).to.equal(edit.earlierMs)
      const asked = await finish(edit)
      const ended = await rowOf(edit)
      expect(ended.status).to.equal('done')
      expect(asked.filter((operation) => operation === 'last')).to.have.length(1)
      expect(asked.includes('more')).to.equal(edit.addsMore)
    })
})
