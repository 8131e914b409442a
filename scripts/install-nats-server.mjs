// Makes sure that a nats-server can be started: from PATH, else from the project's cache folder, which is filled here with
// the distribution's own package. Needs no root: the package is fetched into private folders and only unpacked.
// Runs on Node 20 and newer, before anything is built.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const projectRoot = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const cacheFolder = join(projectRoot, '.cache', 'nats-server')
const cached = join(cacheFolder, 'nats-server')

/** Ordinary users of Debian have no /usr/sbin on PATH. */
const candidates = ['nats-server', '/usr/local/sbin/nats-server', '/usr/sbin/nats-server', cached]

const fetchMs = 120_000

/** The first nats-server that runs, as `{ path, version }`; null when there is none. */
async function locate() {
  for (const path of candidates) {
    const answer = await run(path, ['--version'], { timeout: 10_000 }).catch(() => null)
    const version = answer === null ? null : /v(\d+\.\d+\.\d+)/.exec(`${answer.stdout}${answer.stderr}`)
    if (version !== null) return { path, version: version[1] }
  }
  return null
}

async function hasApt() {
  const found = await Promise.all(
    ['apt-get', 'dpkg-deb'].map((tool) =>
      run(tool, ['--version'], { timeout: 10_000 }).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.every(Boolean)
}

/** Fetches and unpacks the package beside the system's own lists and archives, which stay untouched. */
async function fetchWithApt() {
  await mkdir(cacheFolder, { recursive: true })
  const work = await mkdtemp(join(cacheFolder, 'fetch-'))
  try {
    const lists = join(work, 'lists')
    const archives = join(work, 'archives')
    await mkdir(join(lists, 'partial'), { recursive: true })
    await mkdir(join(archives, 'partial'), { recursive: true })
    const options = [
      `Dir::State::lists=${lists}`,
      `Dir::Cache=${work}`,
      `Dir::Cache::archives=${archives}`,
      // As root, apt would drop to a user that cannot write here.
      `APT::Sandbox::User=${process.getuid?.() === 0 ? 'root' : ''}`,
      'Debug::NoLocking=true',
      'Acquire::Languages=none',
      'Acquire::Retries=3',
    ].flatMap((option) => ['-o', option])
    await run('apt-get', [...options, '-qq', 'update'], { cwd: work, timeout: fetchMs })
    await run('apt-get', [...options, '-qq', 'download', 'nats-server'], { cwd: work, timeout: fetchMs })
    const archive = (await readdir(work)).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new Error('apt-get fetched no package')
    await run('dpkg-deb', ['-x', join(work, archive), join(work, 'unpacked')], { timeout: fetchMs })
    await rename(join(work, 'unpacked', 'usr', 'sbin', 'nats-server'), cached)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

function advice() {
  if (process.platform === 'darwin') return 'Install it with: brew install nats-server'
  return 'Install nats-server 2.9 or newer with your package manager so that it is on PATH, or use an existing NATS through NEURONX_NATS_URL.'
}

function fail(problem) {
  console.error(`nats-server: ${problem}\n${advice()}`)
  process.exit(1)
}

const present = await locate()
if (present !== null) {
  console.log(`nats-server ${present.version}: present (${present.path})`)
} else if (process.platform !== 'linux' || !(await hasApt())) {
  fail('not found, and this system has no apt to fetch it with')
} else {
  try {
    await fetchWithApt()
  } catch (error) {
    fail(
      `could not be fetched: ${
        String(error.stderr ?? '')
          .trim()
          .split('\n')
          .at(-1) || error.message
      }`,
    )
  }
  const fetched = await locate()
  if (fetched === null) fail(`fetched, but it does not run: ${cached}`)
  console.log(`nats-server ${fetched.version}: fetched with apt into ${cached}`)
}
