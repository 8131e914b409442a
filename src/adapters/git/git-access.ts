import { NxError } from '../../kernel/errors.ts'

/** How a repository is reached. Holds credentials: never logged, never part of a command line. */
export interface GitAccess {
  /** Without credentials: a URL, `user@host:path`, or an absolute path. */
  readonly location: string
  /** The one protocol that git may use for it. */
  readonly protocol: 'file' | 'https' | 'ssh'
  /** `user:password`, for https; the user is that of the token when there is a tokenFile. */
  readonly basic: string | null
  /** A file that holds a token, for https: read at each look, so that it can be changed. */
  readonly tokenFile: string | null
  readonly sshKeyFile: string | null
  readonly knownHostsFile: string | null
}

const scpLike = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)[^\s]+$/

/**
 * What a source's `git` means: https, ssh and file URLs, `user@host:path`, or a path (`absolute` makes it one). Anything else, such as
 * git:// and http://, whose content anybody on the way can change, throws NX-SOURCE-LOCATION (configuration).
 */
export function parseGitLocation(
  text: string,
  absolute: (path: string) => string,
): Pick<GitAccess, 'location' | 'protocol' | 'basic'> {
  if (text.startsWith('-') || hasControls(text)) throw notALocation()
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return ofUrl(text)
  if (scpLike.test(text) && !text.startsWith('.') && !text.startsWith('/'))
    return { location: text, protocol: 'ssh', basic: null }
  if (text.includes('::')) throw notALocation()
  return { location: absolute(text), protocol: 'file', basic: null }
}

function ofUrl(text: string): Pick<GitAccess, 'location' | 'protocol' | 'basic'> {
  if (!URL.canParse(text)) throw notALocation()
  const url = new URL(text)
  const user = decodeURIComponent(url.username)
  const password = decodeURIComponent(url.password)
  if (url.protocol === 'ssh:') {
    if (password !== '' || url.hostname === '' || url.hostname.startsWith('-') || user.startsWith('-'))
      throw notALocation()
    return { location: url.href, protocol: 'ssh', basic: null }
  }
  url.username = ''
  url.password = ''
  if (url.protocol === 'file:') return { location: url.href, protocol: 'file', basic: null }
  if (url.protocol !== 'https:') throw notALocation()
  return {
    location: url.href,
    protocol: 'https',
    basic: user === '' && password === '' ? null : `${user}:${password}`,
  }
}

/** The value itself is not repeated: it may hold a password. */
function notALocation(): NxError {
  return new NxError('configuration', 'NX-SOURCE-LOCATION', 'This is no place that git may be followed at', {
    fix: 'Write https://host/path, ssh://user@host/path (the key goes into sshKeyFile), user@host:path, or a path on this machine.',
  })
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f')
}
