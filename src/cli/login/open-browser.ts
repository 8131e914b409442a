import { spawn } from 'node:child_process'

/**
 * Opens an address in this machine's browser, if there is one; says nothing when there is not. The address stands in the process list:
 * it must hold nothing secret.
 */
export function openBrowser(address: string): void {
  const [program, ...words] = openerOf(process.platform, address)
  if (program === undefined) return
  const child = spawn(program, words, { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
}

/** Never through a shell. */
function openerOf(platform: NodeJS.Platform, address: string): readonly string[] {
  if (platform === 'darwin') return ['open', address]
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address]
  return ['xdg-open', address]
}
