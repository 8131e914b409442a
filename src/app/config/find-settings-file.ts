import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
// cosmiconfig's front door first runs `.config/config.js` of the current folder for options of its own: somebody's folder
// must not be able to run code here, so its explorer is used directly, with YAML and JSON loaders only.
import * as explorerModule from 'cosmiconfig/dist/Explorer.js'
import { NxError } from '../../kernel/errors.ts'
import type { Environment } from './process-environment.ts'

const searchPlaces = ['.neuronxrc.yaml', 'neuronx.config.yaml']
const systemFile = '/etc/neuronx/neuronx.yaml'

/** The part of cosmiconfig's explorer that is used; its module ships no types. */
interface Explorer {
  search(folder: string): Promise<{ filepath: string; config: unknown } | null>
  load(path: string): Promise<{ filepath: string; config: unknown } | null>
}
const { Explorer: CosmiconfigExplorer } = explorerModule as unknown as {
  Explorer: new (options: object) => Explorer
}

/** A settings file as text; reading it is the caller's. */
export interface FoundSettingsFile {
  readonly path: string
  readonly content: string
}

/**
 * NEURONX_CONFIG when set (it must exist: NX-SETTINGS-FILE), else the nearest file from `cwd` up to the git root (without
 * one: `cwd` alone), else the user's, else the system's; null when there is none.
 */
export async function findSettingsFile(
  environment: Environment,
  cwd: string,
  explicit: string | null,
): Promise<FoundSettingsFile | null> {
  const explorer = settingsExplorer()
  if (explicit !== null) return load(explorer, resolve(cwd, explicit))
  for (const folder of foldersUpToGitRoot(cwd)) {
    const found = await search(explorer, folder)
    if (found !== null) return found
  }
  const userFolder = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config')
  const [path] = [join(userFolder, 'neuronx', 'config.yaml'), systemFile].filter((candidate) =>
    existsSync(candidate),
  )
  return path === undefined ? null : load(explorer, path)
}

function settingsExplorer(): Explorer {
  const asText = (_path: string, content: string): string => content
  return new CosmiconfigExplorer({
    moduleName: 'neuronx',
    searchPlaces,
    loaders: { '.yaml': asText, '.yml': asText, '.json': asText },
    searchStrategy: 'none',
    ignoreEmptySearchPlaces: false,
    cache: false,
    transform: (result: unknown) => result,
    metaConfigFilePath: null,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    applyPackagePropertyPathToConfiguration: false,
  })
}

async function search(explorer: Explorer, folder: string): Promise<FoundSettingsFile | null> {
  try {
    const found = await explorer.search(folder)
    return found === null ? null : { path: found.filepath, content: asContent(found.config) }
  } catch (error) {
    throw unreadable(folder, error)
  }
}

async function load(explorer: Explorer, path: string): Promise<FoundSettingsFile> {
  try {
    const found = await explorer.load(path)
    return { path, content: asContent(found?.config) }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function asContent(config: unknown): string {
  return typeof config === 'string' ? config : ''
}

function unreadable(path: string, cause: unknown): NxError {
  return new NxError('configuration', 'NX-SETTINGS-FILE', 'The settings file cannot be read', {
    cause,
    where: { file: path },
    fix: 'Name an existing .yaml or .json file in NEURONX_CONFIG, or unset it.',
  })
}

/** `start` and its parents, nearest first, ending at the folder that holds `.git`; `start` alone when there is none. */
function foldersUpToGitRoot(start: string): readonly string[] {
  const folders: string[] = []
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    folders.push(folder)
    if (existsSync(join(folder, '.git'))) return folders
    if (dirname(folder) === folder) return [resolve(start)]
  }
}
