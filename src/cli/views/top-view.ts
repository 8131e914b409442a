import { setTimeout as pause } from 'node:timers/promises'
import { Box, Text, render, useApp, useInput } from 'ink'
import { createElement as h, useEffect, useState } from 'react'
import type { ReactElement } from 'react'
import type { TopSample } from '../../app/top-sample.ts'
import { errorText } from '../../kernel/errors.ts'
import { plainLine, withoutPasswords } from '../text/plain-text.ts'
import { topLines } from './top-lines.ts'
import type { TopShown } from './top-lines.ts'

export interface TopViewOptions {
  readonly sample: () => Promise<TopSample>
  readonly intervalMs: number
  /** Ends the view when it is aborted. */
  readonly stop: AbortSignal
}

/** Shows samples on the terminal until q, Ctrl-C or `stop`. A sample that fails is said and tried again. */
export async function showTop(options: TopViewOptions): Promise<void> {
  const app = render(h(TopView, options), { exitOnCtrlC: false })
  options.stop.addEventListener('abort', () => app.unmount(), { once: true })
  await app.waitUntilExit()
}

function TopView({ sample, intervalMs, stop }: TopViewOptions): ReactElement {
  const [shown, setShown] = useState<TopShown>({ sample: null, trouble: null })
  const { exit } = useApp()
  useInput((input, key) => {
    if (input === 'q') exit()
    // In raw mode Ctrl-C is a key; hand it on as the signal it stands for.
    if (key.ctrl && input === 'c') process.kill(process.pid, 'SIGINT')
  })
  useEffect(() => {
    const leaving = new AbortController()
    const signal = AbortSignal.any([leaving.signal, stop])
    void keepSampling({ sample, intervalMs, signal, show: setShown })
    return () => leaving.abort()
  }, [sample, intervalMs, stop])
  return h(
    Box,
    { flexDirection: 'column' },
    ...topLines(shown).map((line, index) =>
      h(Text, { key: index, bold: line.bold, dimColor: line.faint, wrap: 'truncate-end' }, line.text),
    ),
  )
}

interface SamplingOptions {
  readonly sample: () => Promise<TopSample>
  readonly intervalMs: number
  readonly signal: AbortSignal
  readonly show: (update: (before: TopShown) => TopShown) => void
}

async function keepSampling({ sample, intervalMs, signal, show }: SamplingOptions): Promise<void> {
  while (!signal.aborted) {
    try {
      const next = await sample()
      show(() => ({ sample: next, trouble: null }))
    } catch (error) {
      const trouble = plainLine(withoutPasswords(errorText(error)))
      show((before) => ({ sample: before.sample, trouble }))
    }
    await pause(intervalMs, null, { signal }).catch(() => {})
  }
}
