/** A rule that tries to take the process down, and how it has to end. */
export interface HostileRule {
  readonly name: string
  readonly source: string
  /** `rejected`: it does not compile. `stopped`: its budget ends it. `harmless`: it has a value, of no use to an attacker. */
  readonly ends: 'rejected' | 'stopped' | 'harmless'
}

export const hostileRules: readonly HostileRule[] = [
  { name: 'loops in loops', source: 'event.many.all(a, event.many.all(b, a + b >= 0))', ends: 'stopped' },
  {
    name: 'three loops in each other',
    source: 'event.many.all(a, event.many.all(b, event.many.all(c, a + b + c >= 0)))',
    ends: 'rejected',
  },
  {
    name: 'a list that doubles, 550 characters',
    source: `[[1, 2]]${'.map(x, x + x)'.repeat(36)}.size() == 1`,
    ends: 'stopped',
  },
  {
    name: 'a text that doubles',
    source: `["aaaaaaaaaaaaaaaa"]${'.map(x, x + x)'.repeat(36)}.size() == 1`,
    ends: 'stopped',
  },
  {
    name: 'a text that is put together in a loop',
    source: 'event.many.map(a, event.long + event.long).map(t, t + t).size() > 0',
    ends: 'stopped',
  },
  {
    name: 'a long text changed in a loop',
    source: 'event.many.all(a, event.long.upper() != "")',
    ends: 'stopped',
  },
  {
    name: 'lists of lists of maps',
    source: 'event.many.map(a, event.many.map(b, {"a": [a, b, a, b], "b": [a, b]})).size() > 0',
    ends: 'stopped',
  },
  { name: 'deep data compared', source: 'event.deep == event.deeper', ends: 'stopped' },
  { name: 'a deep bracket', source: `${'('.repeat(1_500)}true${')'.repeat(1_500)}`, ends: 'rejected' },
  { name: 'a long row of !', source: `${'!'.repeat(3_000)}true`, ends: 'rejected' },
  { name: 'a long row of -', source: `${'-'.repeat(3_000)}1 > 0`, ends: 'rejected' },
  { name: 'a deep list', source: `${'['.repeat(1_500)}${']'.repeat(1_500)} == []`, ends: 'rejected' },
  { name: 'a deep choice', source: `${'true ? '.repeat(400)}true${' : true'.repeat(400)}`, ends: 'rejected' },
  { name: 'a deep index', source: `event.json${'[0]'.repeat(900)} == 1`, ends: 'rejected' },
  { name: 'a deep path', source: `event.json${'.a'.repeat(900)} == 1`, ends: 'rejected' },
  { name: 'a chain of plus', source: `1${' + 1'.repeat(900)} > 0`, ends: 'rejected' },
  { name: 'a long chain of &&', source: `true${' && true'.repeat(450)}`, ends: 'rejected' },
  { name: 'a chain of && as long as allowed', source: `true${' && true'.repeat(240)}`, ends: 'harmless' },
  { name: 'a source of a megabyte', source: `"${'x'.repeat(1_000_000)}" == ""`, ends: 'rejected' },
  { name: 'a huge number', source: `1${'0'.repeat(3_900)} > 1`, ends: 'rejected' },
  { name: 'a huge fraction', source: `1.${'0'.repeat(3_900)}1e9 > 1.0`, ends: 'harmless' },
  { name: 'a huge exponent', source: '1e999999 > 1.0', ends: 'rejected' },
  { name: 'a hexadecimal bomb', source: `0x${'f'.repeat(3_900)} > 1`, ends: 'rejected' },
  { name: 'a huge length of time', source: 'days(1e300) > days(1)', ends: 'rejected' },
  { name: 'a catastrophic pattern', source: 'event.long.matches("(a+)+$")', ends: 'stopped' },
  {
    name: 'a catastrophic pattern on a short text',
    source: 'event.text.matches("(a+)+$")',
    ends: 'harmless',
  },
  {
    name: 'a pattern with many states',
    source: 'event.mixed.matches("(a|b)*a(a|b){60}[cd]$")',
    ends: 'stopped',
  },
  { name: 'a pattern that explodes', source: 'event.text.matches("((a{50}){50}){50}")', ends: 'rejected' },
  {
    name: 'a pattern of nested options',
    source: 'event.text.matches("(x{0,50}){0,19}y")',
    ends: 'rejected',
  },
  { name: 'a long pattern', source: `event.text.matches("${'a|'.repeat(400)}")`, ends: 'rejected' },
  { name: 'a pattern from the data', source: 'event.text.matches(event.long)', ends: 'rejected' },
  { name: 'the prototype', source: 'event.__proto__ != null', ends: 'rejected' },
  { name: 'the constructor', source: 'event.constructor != null', ends: 'rejected' },
  { name: 'the prototype of json', source: 'event.json.__proto__ != null', ends: 'harmless' },
  { name: 'the constructor of json by index', source: 'event.json["constructor"] != null', ends: 'harmless' },
  { name: 'the constructor of a variable', source: 'constructor != null', ends: 'rejected' },
  { name: 'a method of objects', source: 'event.json.hasOwnProperty("a")', ends: 'rejected' },
  {
    name: 'a map literal with a prototype',
    source: 'has({"__proto__": {"a": true}}.toString)',
    ends: 'harmless',
  },
]

export const hostileData = {
  many: Array.from({ length: 5_000 }, (_, index) => index),
  long: `${'a'.repeat(200_000)}!`,
  text: `${'a'.repeat(2_000)}!`,
  mixed: Array.from({ length: 50_000 }, (_, index) => ((index * 7_919) % 13) % 2)
    .join('')
    .replaceAll('0', 'a')
    .replaceAll('1', 'b'),
}
