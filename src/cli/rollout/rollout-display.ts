import type { RolloutStatus } from '../../app/rollout/rollout-status.ts'
import { errorText } from '../../kernel/errors.ts'
import type { Output } from '../output.ts'
import { plainLine, withoutPasswords } from '../text/plain-text.ts'
import { renderStatus } from './render-status.ts'
import { summaryLine } from './status-words.ts'

/** `live`: a screen that renews itself; `lines`: a line for every change; `jsonl`: the status as JSON lines; `none`: one envelope follows. */
export type WatchFormat = 'live' | 'lines' | 'jsonl' | 'none'

/** Shows a rollout while it goes on. */
export interface RolloutDisplay {
  show(status: RolloutStatus): void
  trouble(error: unknown): void
  /** Nothing more comes. */
  end(): Promise<void>
}

export interface RolloutDisplayOptions {
  readonly format: WatchFormat
  readonly output: Output
  readonly now: () => Date
  /** The reader has seen enough. */
  readonly onLeave: () => void
}

/** The display of this format; ink is loaded for the live one only. */
export async function rolloutDisplay(options: RolloutDisplayOptions): Promise<RolloutDisplay> {
  const { format, output } = options
  if (format === 'live') return await liveDisplay(options)
  if (format === 'none') return { show: () => {}, trouble: () => {}, end: async () => {} }
  const asLine = format === 'jsonl' ? (status: RolloutStatus) => JSON.stringify(status) : summaryLine
  let last = ''
  return {
    show: (status) => {
      const key = changeKey(status)
      if (key !== last) output.print(asLine(status))
      last = key
    },
    trouble: (error) => output.tell(`no answer: ${troubleText(error)}; trying again`),
    end: async () => {},
  }
}

async function liveDisplay({ output, now, onLeave }: RolloutDisplayOptions): Promise<RolloutDisplay> {
  const { openWatchView } = await import('./watch-view.ts')
  const view = openWatchView(onLeave)
  let lines: readonly string[] = []
  return {
    show: (status) => {
      lines = renderStatus(status, output, now()).split('\n')
      view.show(lines)
    },
    trouble: (error) => view.show([...lines, '', `no answer: ${troubleText(error)}; trying again`]),
    end: () => view.close(),
  }
}

/** What makes a status worth a line of its own: the clock alone does not. */
function changeKey({ judged, nextAction: _next, ...status }: RolloutStatus): string {
  if (judged === null) return JSON.stringify(status)
  const { verdict, arms, blocks, units, shadow } = judged
  return JSON.stringify([status, verdict, arms, blocks.map(({ code }) => code), units, shadow])
}

function troubleText(error: unknown): string {
  return plainLine(withoutPasswords(errorText(error)))
}
