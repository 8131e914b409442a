import { join } from 'node:path'
import { NeuronxCommand } from '../src/cli/neuronx-command.ts'
import { plainText } from '../src/cli/text/plain-text.ts'
import { stepDisplay } from '../src/cli/views/step-display.ts'
import { renderTable } from '../src/cli/views/table.ts'
import type {
  DeliveredCommand,
  QuickstartReport,
  ScoredLead,
} from '../src/app/quickstart/quickstart-report.ts'

export default class Quickstart extends NeuronxCommand<QuickstartReport> {
  static override summary = 'Show the whole path on this machine, from webhook to delivered command.'
  static override description =
    'Starts Postgres, NATS and the daemon in a temporary folder, applies the example repository to a new tenant, posts signed GoHighLevel webhooks of made-up people, and shows what was scored, started, sent and put aside. Vendors are played by servers on this machine. Stops and removes everything it started.'
  static override examples = [
    { description: 'See it work:', command: 'neuronx quickstart' },
    { description: 'For a script:', command: 'neuronx quickstart --json' },
  ]

  override async run(): Promise<QuickstartReport> {
    await this.parse(Quickstart)
    const settings = await this.settings()
    const { quickstartSteps, runQuickstart } = await import('../src/app/quickstart/run-quickstart.ts')
    const display = await stepDisplay(Object.values(quickstartSteps), this.output, this.jsonEnabled())
    let failed = true
    try {
      const report = await runQuickstart({
        examples: join(this.config.root, 'config-examples'),
        settings,
        onStep: (step) => display.begin(step),
        onDetail: (detail) => display.detail(detail),
        signal: this.interrupted(),
      })
      failed = false
      return report
    } finally {
      await display.end(failed)
    }
  }

  protected override render(report: QuickstartReport): void {
    const { output } = this
    const { good, faint } = output.theme
    output.print('')
    output.print(`Events accepted      ${report.eventsAccepted}`)
    output.print(`Duplicates ignored   ${report.duplicatesIgnored}`)
    output.print(`Forgeries refused    ${report.refused}`)
    output.print(`Workflows started    ${report.workflowsStarted}`)
    output.print(`Commands delivered   ${report.delivered.length}`)
    output.print(`Dead letters         ${report.deadLetters.length}`)
    output.print('\nLeads')
    output.print(renderTable(report.leads, leadColumns, output))
    output.print('\nWhat the vendors received')
    output.print(renderTable(report.delivered, commandColumns, output))
    output.print('\nPut aside')
    for (const { code, reason, source, class: deadClass } of report.deadLetters) {
      output.print(`${code}  ${plainText(reason)}  ${faint(`${source}, ${deadClass}`)}`)
    }
    output.print(`\n${good('Done')} in ${(report.elapsedMs / 1_000).toFixed(1)} s. Next: neuronx dev --help`)
  }
}

const leadColumns = [
  { title: 'NAME', value: (lead: ScoredLead) => lead.name },
  { title: 'SCORE', value: (lead: ScoredLead) => String(lead.score) },
  { title: 'BAND', value: (lead: ScoredLead) => lead.band },
  {
    title: 'WHY',
    value: (lead: ScoredLead) =>
      lead.why.map(({ factor, points }) => `${factor} ${points > 0 ? '+' : ''}${points}`).join(', ') ||
      'nothing known yet',
    shrink: true,
  },
]

const commandColumns = [
  { title: 'VENDOR', value: (call: DeliveredCommand) => call.vendor },
  { title: 'CALL', value: (call: DeliveredCommand) => `${call.method} ${call.path}` },
  { title: 'BODY', value: (call: DeliveredCommand) => call.body, shrink: true },
]
