/**
 * The kinds of the language, built or not. One that no layer has registered is answered by "not supported yet" instead of "unknown".
 */
export const announcedKinds: readonly string[] = [
  'AlertRoute',
  'Calendar',
  'EntityType',
  'EventType',
  'FeatureFlags',
  'Fleet',
  'Integration',
  'LeadScore',
  'Limits',
  'Policy',
  'RolloutPolicy',
  'RuleSet',
  'Schedule',
  'Team',
  'Template',
  'Test',
  'Workflow',
]
