// Preloaded by a test: writes the files of the project that were loaded to the file that COUNT_MODULES_TO names.
import { writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

const loaded = []
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) loaded.push(url)
    return next(url, context)
  },
})
process.on('exit', () => writeFileSync(process.env.COUNT_MODULES_TO, loaded.join('\n')))
