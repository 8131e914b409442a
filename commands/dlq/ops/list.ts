import JobList from '../../job/list.ts'

export default class DlqOpsList extends JobList {
  static override summary = 'List the jobs that work on dead letters.'
  static override description = 'The same as `job list`, for jobs whose kind begins with dlq.'
  static override examples = [
    { description: 'For a person:', command: 'neuronx dlq ops list --tenant acme' },
    { description: 'In a script:', command: 'neuronx dlq ops list --tenant acme --status paused --json' },
  ]

  protected override readonly topic = 'dlq'
}
