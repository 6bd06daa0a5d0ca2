/** A formula over other queries, as Grafana's math expressions are: `$A / $B * 100 > 5 && !is_nan($A)`. */
export type Formula =
  | { kind: 'number'; value: number }
  | { kind: 'reference'; refId: string }
  | { kind: 'call'; name: string; argument: Formula | null }
  | { kind: 'not' | 'minus'; operand: Formula }
  | { kind: 'binary'; operator: string; left: Formula; right: Formula };

const FUNCTIONS: Readonly<Record<string, ((value: number) => number) | number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  round: Math.round,
  log: Math.log,
  is_nan: (value) => (Number.isNaN(value) ? 1 : 0),
  is_null: (value) => (Number.isNaN(value) ? 1 : 0),
  is_inf: (value) => (Math.abs(value) === Infinity ? 1 : 0),
  is_number: (value) => (Number.isFinite(value) ? 1 : 0),
  nan: NaN,
  null: NaN,
  inf: Infinity,
  infn: -Infinity,
};

/** From the loosest to the tightest. */
const LEVELS: readonly (readonly string[])[] = [['||'], ['&&'], ['==', '!=', '>=', '<=', '>', '<'], ['+', '-'], ['*', '/', '%'], ['**']];
const TOKENS = /\s+|\$\{([^}]+)\}|\$(\w+)|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|([A-Za-z_]\w*)|(\*\*|\|\||&&|==|!=|>=|<=|[-+*/%><!()])/y;
const MOST_DEPTH = 50;

export interface FormulaError {
  error: string;
}

/** Reads a formula; an error says where it ends to be one. */
export function parseFormula(text: string): Formula | FormulaError {
  const tokens: { text: string; at: number; kind: 'reference' | 'number' | 'name' | 'sign' }[] = [];
  for (let at = 0; at < text.length; ) {
    TOKENS.lastIndex = at;
    const match = TOKENS.exec(text);
    if (match === null) return { error: `“${text[at]}” at column ${at + 1} is no part of a formula.` };
    const [all, braced, plain, number, name, sign] = match;
    const reference = braced ?? plain;
    if (reference !== undefined) tokens.push({ text: reference, at, kind: 'reference' });
    else if (number !== undefined) tokens.push({ text: number, at, kind: 'number' });
    else if (name !== undefined) tokens.push({ text: name, at, kind: 'name' });
    else if (sign !== undefined) tokens.push({ text: sign, at, kind: 'sign' });
    at += all.length;
  }
  let next = 0;
  const fail = (): never => {
    const token = tokens[next];
    throw new SyntaxError(token === undefined ? 'The formula ends too early.' : `“${token.text}” at column ${token.at + 1} does not belong there.`);
  };
  const take = (sign: string) => (tokens[next]?.kind === 'sign' && tokens[next]!.text === sign ? (next++, true) : false);
  const level = (depth: number, deep: number): Formula => {
    if (deep > MOST_DEPTH) throw new SyntaxError(`The formula is nested more than ${MOST_DEPTH} deep.`);
    if (depth === LEVELS.length) return unary(deep + 1);
    let left = level(depth + 1, deep);
    for (;;) {
      const operator = LEVELS[depth]!.find(take);
      if (operator === undefined) return left;
      left = { kind: 'binary', operator, left, right: level(depth + 1, deep) };
    }
  };
  const unary = (deep: number): Formula => {
    if (take('!')) return { kind: 'not', operand: unary(deep + 1) };
    if (take('-')) return { kind: 'minus', operand: unary(deep + 1) };
    if (deep > MOST_DEPTH) throw new SyntaxError(`The formula is nested more than ${MOST_DEPTH} deep.`);
    if (take('(')) {
      const inside = level(0, deep + 1);
      return take(')') ? inside : fail();
    }
    const token = tokens[next];
    if (token === undefined || token.kind === 'sign') return fail();
    next++;
    if (token.kind === 'reference') return { kind: 'reference', refId: token.text };
    if (token.kind === 'number') return { kind: 'number', value: Number(token.text) };
    const known = Object.hasOwn(FUNCTIONS, token.text) ? FUNCTIONS[token.text] : undefined;
    if (known === undefined) throw new SyntaxError(`There is no function ${token.text}.`);
    if (!take('(')) return fail();
    const argument = typeof known === 'number' ? null : level(0, deep + 1);
    return take(')') ? { kind: 'call', name: token.text, argument } : fail();
  };
  try {
    const made = level(0, 0);
    return next < tokens.length ? fail() : made;
  } catch (error) {
    if (error instanceof SyntaxError) return { error: error.message };
    throw error;
  }
}

/** Which queries a formula names. */
export function referencesOf(formula: Formula): string[] {
  switch (formula.kind) {
    case 'number':
      return [];
    case 'reference':
      return [formula.refId];
    case 'call':
      return formula.argument === null ? [] : referencesOf(formula.argument);
    case 'binary':
      return [...new Set([...referencesOf(formula.left), ...referencesOf(formula.right)])];
    default:
      return referencesOf(formula.operand);
  }
}

export function callOf(name: string, value: number): number {
  const known = FUNCTIONS[name]!;
  return typeof known === 'number' ? known : known(value);
}

/** Comparisons and logic give 1 or 0. */
export function combine(operator: string, a: number, b: number): number {
  const flag = (is: boolean) => (is ? 1 : 0);
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    case '**':
      return a ** b;
    case '==':
      return flag(a === b);
    case '!=':
      return flag(a !== b);
    case '>':
      return flag(a > b);
    case '<':
      return flag(a < b);
    case '>=':
      return flag(a >= b);
    case '<=':
      return flag(a <= b);
    case '&&':
      return flag(a !== 0 && b !== 0);
    default:
      return flag(a !== 0 || b !== 0);
  }
}
