import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'

/** The `ready …` of a running `neuronx dev`. Rejects when it ends first. */
export async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  return await new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (text.includes('\n')) resolve(text.split('\n', 1)[0] ?? '')
    })
    child.on('close', () => reject(new Error(`It ended first: ${text}`)))
  })
}

/** What DATA_DIR/env sets. */
export async function environmentOf(file: string): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8')
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
