/** The five levels that rows are coloured by. */
export type Level = 'error' | 'warn' | 'info' | 'debug' | 'unknown';

export const LEVELS: readonly Level[] = ['error', 'warn', 'info', 'debug', 'unknown'];

const WORDS: Record<string, Level> = {
  fatal: 'error',
  critical: 'error',
  crit: 'error',
  emerg: 'error',
  emergency: 'error',
  alert: 'error',
  panic: 'error',
  error: 'error',
  err: 'error',
  eror: 'error',
  severe: 'error',
  e: 'error',
  f: 'error',
  warn: 'warn',
  warning: 'warn',
  w: 'warn',
  info: 'info',
  information: 'info',
  informational: 'info',
  notice: 'info',
  i: 'info',
  log: 'info',
  debug: 'debug',
  dbug: 'debug',
  dbg: 'debug',
  trace: 'debug',
  trce: 'debug',
  verbose: 'debug',
  d: 'debug',
  t: 'debug',
  fine: 'debug',
};

/** Labels that name a level, the most trustworthy first. */
const LEVEL_LABELS = ['detected_level', 'level', 'severity', 'severity_text', 'lvl', 'loglevel', 'log_level', 'levelname'];
/** `level=warn`, `"level":"warn"`, `"level":50`. */
const LEVEL_PAIR = /["']?(?:level|severity|lvl|levelname|@l)["']?\s*[=:]\s*["']?([A-Za-z]+|\d{2}\b)/i;
/** A word in capitals or in brackets near the start: `ERROR`, `[warn]`, `<info>`. */
const LEVEL_WORD =
  /(?:^|[\s[(<|])(FATAL|CRITICAL|CRIT|PANIC|ERROR|ERR|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)(?=[\s\]):>|]|$)|\[(fatal|error|warn|warning|info|debug|trace)\]/;
/** How far into a line a level is looked for. */
const HEAD_CHARS = 240;

/** The level that a word or a number stands for; numbers are pino's and bunyan's (10 … 60). */
export function levelOf(word: string | undefined): Level | null {
  if (!word) return null;
  const number = Number(word);
  if (Number.isInteger(number) && number >= 10) return number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug';
  return WORDS[word.trim().toLowerCase().replace(/\d$/, '')] ?? null;
}

/** The level of a record by its labels, else by its text. */
export function detectLevel(line: string, ...labelSets: (Readonly<Record<string, string>> | undefined)[]): Level {
  for (const name of LEVEL_LABELS) {
    for (const labels of labelSets) {
      const level = levelOf(labels?.[name]);
      if (level) return level;
    }
  }
  const head = line.slice(0, HEAD_CHARS);
  const pair = levelOf(LEVEL_PAIR.exec(head)?.[1]);
  if (pair) return pair;
  const word = LEVEL_WORD.exec(head);
  return levelOf(word?.[1] ?? word?.[2]) ?? 'unknown';
}
