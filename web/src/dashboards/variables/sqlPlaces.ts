/**
 * Where an offset of a PostgreSQL query stands: within `'…'`, `E'…'` (which knows backslashes), `"…"`, a comment, or a text between
 * `$$` or `$tag$`; empty for none of them.
 */
export type SqlPlace = '' | "'" | "E'" | '"' | '--' | '/*' | `$${string}$`;

const WORD = /[\w$\u0080-\uffff]/;
const TAG = /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** A text goes on in the next line; it stays of the same kind. */
const GOES_ON = /\s*[\n\r]\s*'/y;
const VARIABLE = /\$\{?(\w+)/y;

/**
 * Tells places for offsets that only rise.
 *
 * @param isVariable whether a name is a variable's: `$name$` is none of the tags then
 */
export function sqlPlaces(text: string, isVariable: (name: string) => boolean): (offset: number) => SqlPlace {
  let at = 0;
  let place: SqlPlace = '';
  /** Comments between signs nest. */
  let depth = 0;

  const matchAt = (pattern: RegExp, index: number) => {
    pattern.lastIndex = index;
    return pattern.exec(text);
  };
  const tagAt = (index: number): SqlPlace | null => {
    const match = matchAt(TAG, index);
    if (match === null || (match[1] !== undefined && isVariable(match[1]))) return null;
    // In `$$name` the second sign may belong to a variable.
    const after = matchAt(VARIABLE, index + match[0].length - 1)?.[1];
    return after !== undefined && isVariable(after) ? null : (match[0] as SqlPlace);
  };
  const isWord = (index: number) => index >= 0 && WORD.test(text[index]!);

  const outside = () => {
    const c = text[at]!;
    if (c === "'") place = /[eE]/.test(text[at - 1] ?? '') && !isWord(at - 2) ? "E'" : "'";
    else if (c === '"') place = '"';
    else if (text.startsWith('--', at)) place = '--';
    else if (text.startsWith('/*', at)) {
      place = '/*';
      depth = 1;
    } else if (c === '$' && !isWord(at - 1)) place = tagAt(at) ?? '';
    at += place === "E'" ? 1 : Math.max(1, place.length);
  };
  const inQuotes = (quote: string) => {
    if (text[at] === '\\' && place === "E'") at += 2;
    else if (text[at] !== quote) at++;
    else if (text[at + 1] === quote) at += 2;
    else {
      const goesOn = place === "E'" ? matchAt(GOES_ON, at + 1) : null;
      at += 1 + (goesOn?.[0].length ?? 0);
      if (goesOn === null) place = '';
    }
  };
  const inComment = () => {
    const sign = text.slice(at, at + 2);
    if (sign === '/*') depth++;
    else if (sign === '*/') depth--;
    at += sign === '/*' || sign === '*/' ? 2 : 1;
    if (depth === 0) place = '';
  };
  const step = () => {
    if (place === '') outside();
    else if (place === '"' || place === "'" || place === "E'") inQuotes(place.slice(-1));
    else if (place === '/*') inComment();
    else if (place === '--') {
      if (/[\n\r]/.test(text[at]!)) place = '';
      at++;
    } else if (tagAt(at) === place) {
      at += place.length;
      place = '';
    } else at++;
  };
  return (offset) => {
    while (at < offset) step();
    return place;
  };
}

/** SQL doubles quotes within quotes. Several values are a list of texts, also where the query has put quotes around the variable. */
export function sqlValue(values: readonly string[], multi: boolean, place: SqlPlace): string {
  const escaped = values.map((one) => one.replaceAll("'", "''"));
  switch (place) {
    case '':
      return multi ? escaped.map((one) => `'${one}'`).join(',') : escaped.join(',');
    case "'":
      return escaped.join("','");
    case "E'":
      return escaped.map((one) => one.replaceAll('\\', '\\\\')).join("',E'");
    case '"':
      return values.map((one) => one.replaceAll('"', '""')).join(',');
    case '--':
    case '/*':
      // No value ends the comment that it stands in.
      return values.join(',').replace(/[\n\r*/]/g, ' ');
    default:
      // Nothing can be escaped there: what might end the text becomes one of its own.
      return values.map((one, i) => (one.includes('$') ? `${place}||'${escaped[i]!}'||${place}` : one)).join(`${place},${place}`);
  }
}
