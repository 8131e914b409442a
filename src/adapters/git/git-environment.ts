import { readFile } from 'node:fs/promises'
import { devNull } from 'node:os'
import { errorText, NxError } from '../../kernel/errors.ts'
import type { GitAccess } from './git-access.ts'

export type GitVariables = Readonly<Record<string, string>>

/**
 * All that git may know: nothing of the machine's or a user's own configuration, one protocol, no prompts, no programs of a
 * repository's. `passed` is what is passed on of the process's environment: PATH, proxies, certificates.
 */
export async function gitEnvironment(access: GitAccess, passed: GitVariables): Promise<GitVariables> {
  return {
    ...passed,
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: access.protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_OPTIONAL_LOCKS: '0',
    ...(access.protocol === 'ssh' ? { GIT_SSH_COMMAND: sshCommand(access), GIT_SSH_VARIANT: 'ssh' } : {}),
    ...(await authorization(access)),
  }
}

/** Options of every call: a repository's hooks, monitors and helpers are not run. */
export const safeOptions: readonly string[] = [
  ...['-c', `core.hooksPath=${devNull}`],
  ...['-c', 'core.fsmonitor=false'],
  ...['-c', 'core.askPass='],
  ...['-c', 'credential.helper='],
  ...['-c', 'gc.auto=0'],
  ...['-c', 'maintenance.auto=false'],
  ...['-c', 'fetch.recurseSubmodules=false'],
  ...['-c', 'fetch.unpackLimit=1'],
  // A server may not send us, and our credentials, somewhere else.
  ...['-c', 'http.followRedirects=false'],
  ...['-c', 'http.lowSpeedLimit=1000'],
  ...['-c', 'http.lowSpeedTime=30'],
]

/** As configuration in the environment, for the place itself alone: neither a command line nor a file shows it. */
async function authorization({ protocol, location, basic, tokenFile }: GitAccess): Promise<GitVariables> {
  if (protocol !== 'https') return {}
  const pair =
    tokenFile === null ? basic : `${basic?.split(':')[0] ?? 'x-access-token'}:${await tokenOf(tokenFile)}`
  if (pair === null) return {}
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(location).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(pair).toString('base64')}`,
  }
}

async function tokenOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new NxError('configuration', 'NX-SOURCE-TOKEN', 'The token of a source cannot be read', {
      detail: errorText(error),
      where: { file },
      fix: 'Check tokenFile in the settings, and that the daemon may read it.',
    })
  })
  const token = text.trim()
  if (token !== '' && token.length <= 4_096 && !/\s/.test(token)) return token
  throw new NxError('configuration', 'NX-SOURCE-TOKEN', 'The token of a source is empty or no single word', {
    where: { file },
    fix: 'The file holds the token and nothing else.',
  })
}

/** git passes this to a shell: the settings take paths only that mean themselves there. */
function sshCommand({ sshKeyFile, knownHostsFile }: GitAccess): string {
  const options = [
    'ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=15 -o ClearAllForwardings=yes',
    ...(sshKeyFile === null ? [] : [`-o IdentitiesOnly=yes -i ${sshKeyFile}`]),
    ...(knownHostsFile === null ? [] : [`-o UserKnownHostsFile=${knownHostsFile}`]),
  ]
  return options.join(' ')
}
