import { boolean, integer, string } from '@oclif/core/flags'
import { NxError } from '../../kernel/errors.ts'
import { tenantFlag, workspaceFlag } from '../flags.ts'

/** What every backtest may be told. */
export const backtestFlags = {
  ...tenantFlag,
  ...workspaceFlag,
  events: string({
    summary:
      'A file of recorded events, one a line (event tail --json, or CloudEvents). Default: the event log.',
    helpValue: 'FILE',
    exclusive: ['from', 'until'],
  }),
  from: string({
    default: 'last:14d',
    summary: 'Of the event log, from when on: RFC 3339, or last:14d.',
    helpValue: 'TIME',
  }),
  until: string({ summary: 'Of the event log, before when. Default: now.', helpValue: 'TIME' }),
  against: string({
    default: 'active',
    summary: 'The baseline: active, a digest that decisions recorded, or a directory.',
    helpValue: 'active|DIGEST|DIR',
  }),
  sample: string({
    default: '1',
    summary: 'Share of the entities to look at: 0.1 or 10%.',
    helpValue: 'SHARE',
  }),
  'max-entities': integer({
    min: 100,
    max: 5_000_000,
    default: 100_000,
    summary: 'Entities in memory at once; with more the events are read several times.',
    helpValue: 'N',
  }),
  divergences: integer({
    min: 0,
    max: 200,
    default: 10,
    summary: 'How many diverging events to explain, 0 to 200.',
    helpValue: 'N',
  }),
  'show-payload': boolean({
    summary: 'Show data of events and texts that conditions read. They may be personal.',
  }),
  'max-decision-change': string({
    summary: 'Fail when a larger share of the entities is decided differently: 0.05 or 5%.',
    helpValue: 'SHARE',
  }),
  'max-new-errors': integer({
    min: 0,
    summary: 'Fail when more events fail in the candidate only.',
    helpValue: 'N',
  }),
  'max-latency-ratio': string({
    summary: 'Fail when the candidate is slower than this, certainly: 1.05.',
    helpValue: 'RATIO',
  }),
}

/** `0.05` or `5%`, from 0 to 1. Throws NX-SHARE (usage). */
export function parseShare(text: string, flag: string): number {
  const parts = /^(\d{1,6}(?:\.\d{1,6})?)(%?)$/.exec(text.trim())
  const share = parts === null ? Number.NaN : Number(parts[1]) / (parts[2] === '%' ? 100 : 1)
  if (share >= 0 && share <= 1) return share
  throw new NxError('usage', 'NX-SHARE', `'${text}' is not a share`, {
    where: { path: `--${flag}` },
    fix: 'Write 0.05 or 5%, from 0 to 1.',
  })
}

/** `1.05`, from 0.01 to 100. Throws NX-RATIO (usage). */
export function parseRatio(text: string, flag: string): number {
  const ratio = /^\d{1,3}(\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN
  if (ratio >= 0.01 && ratio <= 100) return ratio
  throw new NxError('usage', 'NX-RATIO', `'${text}' is not a ratio`, {
    where: { path: `--${flag}` },
    fix: 'Write 1.05 for five percent slower.',
  })
}
