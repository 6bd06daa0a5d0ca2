import { END_SECONDS, START_SECONDS } from './data.mjs';

const COUNTERS = ['http_requests_total', 'errors_total', 'request_duration_seconds_count', 'request_duration_seconds_sum', 'request_duration_seconds_bucket'];
const GAUGES = ['temperature_celsius', 'memory_bytes', 'up', 'weird', 'build_info'];
const NATIVE = ['latency_seconds', 'queue_size', 'custom_seconds', 'mixed'];
const LABELS = ['job', 'instance', 'method', 'code', 'disk', 'kind', 'le', 'version', 'nothing'];
const VALUES = { job: ['api', 'db', 'none'], instance: ['a:80', 'b:80', 'c:80'], method: ['GET', 'POST'], code: ['200', '500'], disk: ['sda', 'sdb'], kind: ['io', 'net', 'special', 'empty'], le: ['0.1', '1', '+Inf'] };
const PATTERNS = ['.*', '.+', 'a.*', 'api|db', '[a-b]:80', '(?i)API', '', 'x?y*', '2..', '.*a'];

/**
 * Writes PromQL by chance: what a person might write, and at times what nobody should. `dialect` says what the peer knows: `subqueries` (that begin as
 * ours do), `native` histograms, `experimental` functions, `durations` (arithmetic on them).
 */
export class QueryWriter {
  #random;
  #dialect;

  constructor(random, dialect) {
    this.#random = random;
    this.#dialect = dialect;
  }

  /** A query with the times to ask for. */
  next() {
    const random = this.#random;
    const time = this.#time();
    const step = random.pick([7, 15, 30, 60, 61, 300, 0.5]);
    const start = this.#time();
    return { query: this.#root(), time, start, end: Math.round((start + step * random.between(0, 40)) * 1000) / 1000, step };
  }

  #time() {
    const random = this.#random;
    const whole = random.between(START_SECONDS - 400, END_SECONDS + 700);
    return random.chance(0.4) ? whole - (whole % 15) : random.chance(0.5) ? whole : whole + random.between(1, 999) / 1000;
  }

  #root() {
    const roll = this.#random.next();
    if (roll < 0.04) return this.#wrong();
    if (roll < 0.06) return this.#range();
    if (roll < 0.09) return this.#scalar(2);
    if (roll < 0.1) return '"a string"';
    if (roll < 0.14) return `${this.#random.pick(['sort', 'sort_desc'])}(${this.#vector(2)})`;
    if (roll < 0.17) return `${this.#random.pick(['topk', 'bottomk'])}${this.#grouping()}(${this.#count()}, ${this.#vector(2)})`;
    return this.#vector(this.#random.between(1, 4));
  }

  #vector(depth) {
    if (depth <= 0) return this.#selector();
    const kinds = [
      [2, () => this.#selector()],
      [5, () => this.#overRange(depth)],
      [5, () => this.#aggregation(depth)],
      [4, () => this.#binary(depth)],
      [3, () => this.#plainFunction(depth)],
      [2, () => this.#classicQuantile()],
      [1, () => this.#labels(depth)],
      [1, () => `-${this.#vector(0)}`],
      [1, () => `(${this.#vector(depth - 1)})`],
      [1, () => `vector(${this.#scalar(depth - 1)})`],
      [1, () => `absent(${this.#vector(depth - 1)})`],
      [1, () => this.#ofTime()],
    ];
    if (this.#dialect.native) kinds.push([5, () => this.#nativeFunction(depth)]);
    if (this.#dialect.experimental) kinds.push([2, () => this.#experimental(depth)]);
    let at = this.#random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
    return kinds.find(([weight]) => (at -= weight) < 0)[1]();
  }

  #number() {
    return this.#random.pick(['0', '1', '2', '-1', '0.5', '1e3', '3.25', '100', 'NaN', 'Inf', '-Inf', '0x1f', '1e-3']);
  }

  #scalar(depth) {
    const random = this.#random;
    const roll = random.next();
    if (depth <= 0 || roll < 0.5) return this.#number();
    if (roll < 0.6) return 'time()';
    if (roll < 0.65) return 'pi()';
    if (roll < 0.8) return `scalar(${this.#vector(depth - 1)})`;
    if (roll < 0.9) return `(${this.#scalar(depth - 1)} ${random.pick(['+', '-', '*', '/', '%', '^', 'atan2'])} ${this.#scalar(depth - 1)})`;
    return `(${this.#scalar(depth - 1)} ${random.pick(['==', '!=', '>', '<', '>=', '<='])} bool ${this.#scalar(depth - 1)})`;
  }

  #metric() {
    const random = this.#random;
    const pool = [...COUNTERS, ...GAUGES, ...GAUGES];
    if (this.#dialect.native) pool.push(...NATIVE);
    return random.pick(pool);
  }

  #matchers(name) {
    const random = this.#random;
    const matchers = [];
    while (random.chance(0.4) && matchers.length < 3) {
      const label = random.pick(LABELS);
      const operator = random.pick(['=', '=', '=', '!=', '=~', '!~']);
      matchers.push(`${label}${operator}"${operator.endsWith('~') ? random.pick(PATTERNS) : random.pick([...(VALUES[label] ?? ['']), ...(VALUES[label] ?? []), ''])}"`);
    }
    if (name === null) {
      if (this.#dialect.native && random.chance(0.3)) return `{${['"utf8.metric"', ...matchers].join(', ')}}`;
      return `{${[`__name__=~"${random.pick(['up|build_info', 'http_.*_total', 'memory.+'])}"`, ...matchers].join(',')}}`;
    }
    return matchers.length > 0 || random.chance(0.05) ? `${name}{${matchers.join(', ')}}` : name;
  }

  #at() {
    const random = this.#random;
    const parts = [];
    if (random.chance(0.12)) {
      const durations = ['1m', '30s', '-1m', '7m', '1h', '1ms'];
      if (this.#dialect.durations) durations.push('(1m + 30)', '(2 * 30s)');
      parts.push(`offset ${random.pick(durations)}`);
    }
    if (random.chance(0.06)) parts.push(`@ ${random.pick(['start()', 'end()', String(START_SECONDS + random.between(0, 7200))])}`);
    return parts.length > 0 ? ` ${(random.chance(0.5) ? parts : parts.reverse()).join(' ')}` : '';
  }

  #selector(metric = this.#random.chance(0.03) ? null : this.#metric()) {
    return this.#matchers(metric) + this.#at();
  }

  #window() {
    const windows = ['1m', '2m', '5m', '90s', '10m', '15s', '1h', '45s', '16s'];
    if (this.#dialect.durations) windows.push('1m+30s', '2 * 1m', '10m / 3');
    return `[${this.#random.pick(windows)}]`;
  }

  #range(metric = this.#metric()) {
    return `${this.#matchers(metric)}${this.#window()}${this.#at()}`;
  }

  #subquery(depth) {
    const random = this.#random;
    return `${this.#enclosed(this.#vector(depth - 1))}[${random.pick(['5m', '10m', '3m'])}:${random.pick(['30s', '1m', '17s', '', '15s'])}]${this.#at()}`;
  }

  #enclosed(query) {
    return /^[a-z_]+(\{[^}]*\})?$/.test(query) ? query : `(${query})`;
  }

  #overRange(depth) {
    const random = this.#random;
    if (this.#dialect.subqueries && depth > 1 && random.chance(0.2)) {
      return `${random.pick(['max_over_time', 'avg_over_time', 'rate', 'sum_over_time', 'last_over_time', 'count_over_time', 'changes', 'deriv', 'stddev_over_time'])}(${this.#subquery(depth)})`;
    }
    const counter = random.pick(COUNTERS);
    const any = this.#metric();
    switch (random.between(0, 8)) {
      case 0:
      case 1: return `${random.pick(['rate', 'increase'])}(${this.#range(counter)})`;
      case 2: return `${random.pick(['irate', 'resets', 'changes'])}(${this.#range(random.chance(0.8) ? counter : any)})`;
      case 3: return `${random.pick(['delta', 'idelta', 'deriv'])}(${this.#range(random.chance(0.8) ? random.pick(GAUGES) : any)})`;
      case 4: return `quantile_over_time(${this.#number()}, ${this.#range()})`;
      case 5: return `predict_linear(${this.#range(random.pick(['temperature_celsius', 'memory_bytes']))}, ${random.pick(['60', '3600', '-10'])})`;
      case 6: return `${random.pick(['rate', 'increase', 'delta', 'idelta', 'irate'])}(${this.#range()})`;
      case 7: return `absent_over_time(${this.#range()})`;
      default: {
        const functions = ['avg', 'min', 'max', 'sum', 'count', 'last', 'present', 'stddev', 'stdvar'];
        return `${random.pick(functions)}_over_time(${this.#range()})`;
      }
    }
  }

  #grouping() {
    const random = this.#random;
    if (random.chance(0.25)) return '';
    const labels = random.chance(0.05) ? '' : random.some(LABELS.slice(0, 7)).join(', ');
    return ` ${random.pick(['by', 'by', 'without'])} (${labels}) `;
  }

  #aggregation(depth) {
    const random = this.#random;
    const inner = this.#vector(depth - 1);
    const grouping = this.#grouping();
    const written = (name, argument) => (random.chance(0.5) ? `${name}${grouping}(${argument})` : `${name}(${argument})${grouping}`);
    switch (random.between(0, 7)) {
      // Of values of which no two are equal: which of equal ones is kept, nobody promises.
      case 0: return written(random.pick(['topk', 'bottomk']), `${this.#count()}, ${this.#selector(random.pick(['temperature_celsius', 'memory_bytes']))}`);
      case 1: return written('quantile', `${this.#number()}, ${inner}`);
      case 2: return written('count_values', `"${random.pick(['value', 'job', 'x'])}", ${this.#selector(random.pick(['up', 'build_info', 'weird', 'errors_total']))}`);
      default: return written(random.pick(['sum', 'sum', 'avg', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar']), inner);
    }
  }

  #count() {
    return this.#random.pick(['1', '2', '3', '100', '0', '-1']);
  }

  #matching() {
    const random = this.#random;
    if (random.chance(0.35)) return '';
    const labels = random.some(LABELS.slice(0, 6)).join(', ');
    const matching = ` ${random.pick(['on', 'ignoring'])} (${labels})`;
    if (random.chance(0.6)) return matching;
    return `${matching} ${random.pick(['group_left', 'group_right'])}(${random.chance(0.4) ? random.pick(['version', 'region', 'disk']) : ''})`;
  }

  #binary(depth) {
    const random = this.#random;
    const arithmetic = random.pick(['+', '-', '*', '/', '%', '^', 'atan2']);
    const comparison = random.pick(['==', '!=', '>', '<', '>=', '<=']) + (random.chance(0.4) ? ' bool' : '');
    const operator = random.chance(0.6) ? arithmetic : comparison;
    switch (random.between(0, 5)) {
      case 0: return `${this.#enclosed(this.#vector(depth - 1))} ${operator} ${this.#scalar(depth - 1)}`;
      case 1: return `${this.#scalar(depth - 1)} ${operator} ${this.#enclosed(this.#vector(depth - 1))}`;
      case 2: {
        const set = random.pick(['and', 'or', 'unless']);
        return `${this.#enclosed(this.#vector(depth - 1))} ${set}${random.chance(0.5) ? ` ${random.pick(['on', 'ignoring'])} (${random.some(LABELS.slice(0, 6)).join(', ')})` : ''} ${this.#enclosed(this.#vector(depth - 1))}`;
      }
      case 3: {
        // The same series on both sides, so that most of them find their match.
        const metric = this.#metric();
        return `${this.#selector(metric)} ${operator} ${this.#selector(metric)}`;
      }
      case 4: return `${this.#selector(random.pick(['http_requests_total', 'temperature_celsius']))} * on (job, instance) group_left (version) build_info`;
      default: return `${this.#enclosed(this.#vector(depth - 1))} ${operator}${this.#matching()} ${this.#enclosed(this.#vector(depth - 1))}`;
    }
  }

  #plainFunction(depth) {
    const random = this.#random;
    const inner = this.#vector(depth - 1);
    switch (random.between(0, 4)) {
      case 0: return `clamp(${inner}, ${this.#scalar(1)}, ${this.#scalar(1)})`;
      case 1: return `${random.pick(['clamp_min', 'clamp_max', 'round'])}(${inner}, ${this.#scalar(1)})`;
      case 2: return `${random.pick(['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'deg', 'rad'])}(${inner})`;
      default: return `${random.pick(['abs', 'ceil', 'floor', 'exp', 'sqrt', 'ln', 'log2', 'log10', 'sgn', 'round', 'timestamp'])}(${inner})`;
    }
  }

  // Of times only: what date a NaN or infinity has is an accident of the machine to Prometheus.
  #ofTime() {
    const name = this.#random.pick(['day_of_month', 'day_of_week', 'day_of_year', 'days_in_month', 'hour', 'minute', 'month', 'year']);
    return this.#random.chance(0.4) ? `${name}()` : `${name}(${this.#random.pick(['timestamp(up)', 'memory_bytes', 'vector(time())', 'temperature_celsius * 1e6'])})`;
  }

  #classicQuantile() {
    const random = this.#random;
    const phi = random.chance(0.2) ? this.#number() : random.pick(['0.5', '0.9', '0.99', '0.1', '1', '0']);
    const buckets = random.chance(0.7) ? `rate(${this.#range('request_duration_seconds_bucket')})` : this.#selector('request_duration_seconds_bucket');
    return `histogram_quantile(${phi}, ${random.chance(0.6) ? `sum by (le${random.chance(0.5) ? ', job' : ''}) (${buckets})` : buckets})`;
  }

  #nativeFunction(depth) {
    const random = this.#random;
    const metric = random.pick(NATIVE);
    const source = random.pick([
      () => this.#selector(metric),
      () => `rate(${this.#range(metric)})`,
      () => `sum${this.#grouping()}(rate(${this.#range(metric)}))`,
      () => `sum${this.#grouping()}(${this.#selector(metric)})`,
      () => `avg${this.#grouping()}(${this.#selector(metric)})`,
      () => `${random.pick(['sum', 'avg', 'last', 'count', 'present'])}_over_time(${this.#range(metric)})`,
      () => `${random.pick(['increase', 'delta', 'irate', 'idelta', 'resets', 'changes'])}(${this.#range(metric)})`,
      () => `${this.#selector(metric)} ${random.pick(['*', '/', '+', '-', '==', '!=', '>'])} ${random.chance(0.5) ? this.#number() : this.#selector(metric)}`,
      () => this.#vector(depth - 1),
    ])();
    switch (random.between(0, 5)) {
      case 0: return source;
      case 1: return `histogram_quantile(${random.chance(0.2) ? this.#number() : random.pick(['0.5', '0.9', '0.01', '1', '0'])}, ${source})`;
      case 2: return `histogram_fraction(${random.pick(['0', '-Inf', '-1', '0.2', '1'])}, ${random.pick(['0.1', '1', '2.5', 'Inf', '0'])}, ${source})`;
      default: return `${random.pick(['histogram_count', 'histogram_sum', 'histogram_avg', 'histogram_stddev', 'histogram_stdvar'])}(${source})`;
    }
  }

  #labels(depth) {
    const random = this.#random;
    const inner = this.#vector(depth - 1);
    if (random.chance(0.3)) return `label_join(${inner}, "${random.pick(['joined', 'job'])}", "${random.pick(['-', ''])}", ${random.some(LABELS.slice(0, 4)).map((label) => `"${label}"`).join(', ')})`;
    const [pattern, replacement] = random.pick([['(.*):80', '$1'], ['(?P<x>.).*', '${x}-y'], ['.*', ''], ['nomatch', 'z'], ['(.*)', 'p$1q']]);
    return `label_replace(${inner}, "${random.pick(['new', 'job', 'instance', '__name__'])}", "${replacement}", "${random.pick(['instance', 'job', 'nothing'])}", "${pattern}")`;
  }

  #experimental(depth) {
    const random = this.#random;
    switch (random.between(0, 6)) {
      case 0: return `mad_over_time(${this.#range()})`;
      case 1: return `double_exponential_smoothing(${this.#range(random.pick(['temperature_celsius', 'memory_bytes', 'mixed']))}, ${random.pick(['0.5', '0.1', '0.9'])}, ${random.pick(['0.5', '0.1', '0.9'])})`;
      case 2: return `${random.pick(['ts_of_min', 'ts_of_max', 'ts_of_last'])}_over_time(${this.#range()})`;
      case 3: return `info(${this.#selector(random.pick(['http_requests_total', 'up', 'errors_total']))}${random.pick(['', ', {version=~".+"}', ', {zone="x"}', ', {__name__="build_info"}'])})`;
      case 4: return `limit_ratio(${random.pick(['0.5', '-0.5', '1', '0', '0.1', '2'])}, ${this.#selector()})`;
      case 5: return `count(limitk(${random.pick(['1', '3', '0'])}, ${this.#vector(depth - 1)}))${this.#random.chance(0.3) ? ' + 1' : ''}`;
      default: return `${random.pick(['sort_by_label', 'sort_by_label_desc'])}(${this.#vector(depth - 1)}, "instance", "job")`;
    }
  }

  /** What must be refused, by parsing or in evaluating. */
  #wrong() {
    const random = this.#random;
    return random.pick([
      () => `rate(${this.#vector(1)})`,
      () => `${this.#range()} + 1`,
      () => `sum(${this.#vector(1)}`,
      () => `http_requests_total + on (job) memory_bytes`,
      () => `http_requests_total * on (job) group_left memory_bytes`,
      () => `label_replace(${this.#selector()}, "~bad", "$1", "job", "(.*)")`,
      () => `label_replace(${this.#selector('http_requests_total')}, "job", "$1", "job", "(.*")`,
      () => `label_replace(${this.#selector('http_requests_total')}, "method", "x", "method", ".*")`,
      () => `label_replace(http_requests_total, "instance", "x", "", "")`,
      () => 'nosuchfunction(up)',
      () => '{}',
      () => '{job=~".*"}',
      () => 'up{job=~"("}',
      () => '1 + "a"',
      () => '1 == 1',
      () => 'sum by (job',
      () => 'count_values("~", up)',
      () => 'topk("a", up)',
      () => `clamp(up, 1)`,
      () => `sum(${this.#range()})`,
      () => 'up offset "a"',
      () => 'up[5m:',
      () => 'up and 1',
      () => '',
      () => 'histogram_quantile(up, up)',
      () => 'up{a="b"} @ up',
    ])();
  }
}
