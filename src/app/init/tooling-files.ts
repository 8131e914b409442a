import { anySchemaName, overlaySchemaName } from '../../control-plane/schema/editor-schemas.ts'
import type { NewFile } from './new-file.ts'
import { schemaFolder } from './new-file.ts'

export interface ToolingOptions {
  readonly tenant: string
  /** Of this package: what the pipeline runs until somebody raises it. */
  readonly version: string
}

/** What surrounds the documents of a new repository: editor, pipeline, README. */
export function toolingFiles(options: ToolingOptions): readonly NewFile[] {
  return [
    { path: '.gitignore', content: gitignore },
    { path: '.vscode/settings.json', content: `${JSON.stringify(editorSettings, null, 2)}\n` },
    { path: '.vscode/extensions.json', content: `${JSON.stringify(extensions, null, 2)}\n` },
    { path: '.github/workflows/neuronx.yaml', content: pipeline(options) },
    { path: 'README.md', content: readme(options) },
  ]
}

const gitignore = `# Saved plans may show values of the configuration that is active.
*.plan.json
# Secrets belong into \`neuronx secret set\`.
.env
*.secret
node_modules/
`

const editorSettings = {
  'yaml.schemas': {
    [`./${schemaFolder}/${anySchemaName}`]: ['neuronx.yaml', 'global/**/*.yaml', 'global/**/*.yml'],
    [`./${schemaFolder}/${overlaySchemaName}`]: ['tenants/**/*.yaml', 'tenants/**/*.yml'],
  },
  'yaml.completion': true,
  'yaml.hover': true,
}

const extensions = { recommendations: ['redhat.vscode-yaml'] }

function pipeline({ version }: ToolingOptions): string {
  return `# Checks every change; on pull requests it also says what the change would do.
name: neuronx
on:
  push: { branches: [main] }
  pull_request: {}
permissions: { contents: read }
env:
  NEURONX_VERSION: '${version}'
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      # Both are offline: no database, no network, no secrets.
      - run: npx --yes "neuronx@$NEURONX_VERSION" config validate .
      - run: npx --yes "neuronx@$NEURONX_VERSION" config test .
  plan:
    if: github.event_name == 'pull_request'
    needs: check
    runs-on: ubuntu-latest
    timeout-minutes: 15
    env:
      NEURONX_DATABASE_URL: \${{ secrets.NEURONX_DATABASE_URL }}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - name: plan
        run: |
          if [ -z "$NEURONX_DATABASE_URL" ]; then
            echo "The secret NEURONX_DATABASE_URL is not set: nothing to compare with."
            exit 0
          fi
          # 2 means that there are changes: that is what a pull request is for.
          npx --yes "neuronx@$NEURONX_VERSION" config plan . || [ $? -eq 2 ]
`
}

function readme({ tenant }: ToolingOptions): string {
  return `# Sales operations as code

    neuronx.yaml              names the fleet
    global/                   what every tenant shares: types, the lead score, hygiene rules, limits, flags
    tenants/${tenant}/        what is ${tenant}'s own: integrations, rules, workflows, tests
    .neuronx/schemas/         what editors check and complete from (\`neuronx config schema --out .neuronx/schemas\` renews them)

Check it and try it, without a database or a network:

    neuronx config validate .
    neuronx config test .

Make it active:

    neuronx tenant create ${tenant}
    neuronx secret set crm-token --tenant ${tenant} < token.txt
    neuronx config apply .

First put the address of your own system into \`tenants/${tenant}/integrations.yaml\`. What is different in one workspace of a tenant
stands in \`tenants/${tenant}/workspaces/NAME/\`: a document with the kind and name of one above it is merged over that one.
`
}
