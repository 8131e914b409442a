import { Text, Box, render, useApp, useInput } from 'ink'
import { createElement as h } from 'react'
import type { ReactElement } from 'react'

/** A screen that shows lines until it is closed. */
export interface WatchView {
  show(lines: readonly string[]): void
  /** Takes the screen down; what it showed last stays. */
  close(): Promise<void>
}

/** Opens a live view on the terminal; `onLeave` is called when the reader presses q. */
export function openWatchView(onLeave: () => void): WatchView {
  const app = render(h(WatchLines, { lines: ['…'], onLeave }), { exitOnCtrlC: false })
  return {
    show: (lines) => app.rerender(h(WatchLines, { lines, onLeave })),
    close: async () => {
      app.unmount()
      await app.waitUntilExit()
    },
  }
}

interface WatchLinesProps {
  readonly lines: readonly string[]
  readonly onLeave: () => void
}

function WatchLines({ lines, onLeave }: WatchLinesProps): ReactElement {
  const { exit } = useApp()
  useInput((input, key) => {
    if (input === 'q') {
      onLeave()
      exit()
    }
    // In raw mode Ctrl-C is a key; hand it on as the signal it stands for.
    if (key.ctrl && input === 'c') process.kill(process.pid, 'SIGINT')
  })
  return h(
    Box,
    { flexDirection: 'column' },
    ...lines.map((line, index) => h(Text, { key: index, wrap: 'truncate-end' }, line === '' ? ' ' : line)),
    h(Text, { key: 'hint', dimColor: true }, 'q leaves; the rollout goes on'),
  )
}
