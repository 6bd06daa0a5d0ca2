/**
 * What a release of Prometheus knows, and what is not asked of it: constructs whose meaning changed since, by name and with the reason.
 */
export function dialectOf({ major, minor, text }) {
  const isAtLeast = (wantedMajor, wantedMinor) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  const isModern = isAtLeast(3, 5);
  const rules = LEFT_OUT.filter(({ until }) => !isAtLeast(...until));
  return {
    version: text,
    onWholeSeconds: isModern,
    native: isModern,
    experimental: isModern,
    annotations: isModern,
    durations: isModern,
    subqueries: isModern,
    flags: ['--web.enable-remote-write-receiver', `--enable-feature=${isModern ? 'native-histograms,promql-experimental-functions,promql-duration-expr' : 'promql-at-modifier'}`],
    leftOut: rules.map(({ what }) => what),
    reconcilesBounds: isAtLeast(3, 14),
    isLeftOut: (query, path) => rules.some((rule) => !rule.refusal && rule.pattern.test(query) && (rule.path ?? path) === path),
    mayRefuse: (query, ...answers) => answers.some(({ error }) => rules.some((rule) => rule.refusal?.test(error) && rule.pattern.test(query))),
    plain: withoutDetails,
  };
}

const NATIVE = 'latency_seconds|queue_size|custom_seconds|mixed';

/**
 * `until` is the release from which on the peer means what we mean (as the sources and scripts of Prometheus 3.14 have it). `path` is the endpoint where it is not
 * the same in both; `refusal` is an error that only one of them has.
 */
const LEFT_OUT = [
  { what: 'info() over a range, where it takes labels of another target when series come and go', pattern: /\binfo\(/, path: 'query_range', until: [3, 14] },
  { what: 'info() of another time, which it looks for at the time of the query', pattern: /\binfo\(.*(@|offset|\[)/, until: [3, 14] },
  { what: 'mad_over_time of NaN, which is NaN by now', pattern: /mad_over_time\((weird|\{)/, until: [3, 14] },
  { what: 'subqueries of native histograms over a range, where it answers otherwise than at the instants of the range', pattern: new RegExp(`(${NATIVE}).*\\[\\d+m:`), path: 'query_range', until: [3, 14] },
  { what: 'rate and increase of gauge histograms and of subqueries over histograms, which end at zero by now', pattern: new RegExp(`(rate|increase)\\((queue_size|.*(${NATIVE}).*\\[\\d+m:)`), until: [3, 14] },
  { what: 'an operator behind an offset in parentheses, which it reads as part of the offset', pattern: /offset \([^)]*\)\s*([-+*/%^]|[a-z=<>!])/, until: [3, 14] },
  { what: 'comparisons that filter one-to-many matches away, which are refused by now', pattern: /[=<>]/, refusal: /many-to-one matching must be explicit/, until: [3, 14] },
  { what: 'fractions of classic buckets, which are made monotonic by now', pattern: /histogram_fraction\(.*(_bucket|__name__)/, until: [3, 14] },
  { what: 'native histograms times infinity, where empty buckets that its chunks keep become NaN', pattern: new RegExp(`(Inf|NaN).*\\*.*(${NATIVE})|(${NATIVE}).*\\*.*(Inf|NaN)`), until: [4, 0] },
  { what: 'label_replace that makes series equal that follow one another, which it refuses', pattern: /label_(replace|join)/, refusal: /same labelset/, until: [4, 0] },
  { what: 'deviations of times, of which rounding leaves little', pattern: /std(dev|var).*(ts_of_|timestamp\(|time\(\))/, until: [4, 0] },
  { what: 'label names of UTF-8', pattern: /"~/, until: [3, 0] },
  { what: 'atan2, which keeps names', pattern: /atan2/, until: [3, 0] },
  { what: 'rate and increase, which extrapolate otherwise', pattern: /\b(rate|increase)\(/, until: [3, 0] },
  { what: 'quantiles of averages of histograms, whose ranks fall on bounds by rounding that is compensated by now', pattern: new RegExp(`histogram_(quantile|fraction)\\(.*avg.*(${NATIVE})`), until: [3, 14] },
];

const SUBQUERY = /\[[^\]]*:[^\]]*\]/;

/** Annotations that are newer: of sort() over a range, of a number compared with a histogram, and of histograms that began anew beside others that did not. */
const NEWER = /sort is ineffective for range queries|binary operator "[<>]=?": float|conflicting counter resets during histogram/;

/**
 * Annotations without what releases tell besides: an empty name, the name of a classic histogram, which buckets were not monotonic; and without places where there
 * are subqueries, whose own is told as the start of the query, or where one of two equal texts is told.
 */
function withoutDetails(annotation, query) {
  if (NEWER.test(annotation)) return null;
  const [, text, place] = /^(.*?)( \(\d+:\d+\))?$/.exec(annotation);
  const plain = text.replace(' for metric name ""', '');
  const told = (/label "le" is missing|fixed for monotonicity/.test(text) ? plain.replace(/(, from buckets|,? for metric name) .*$/, '') : plain);
  return SUBQUERY.test(query) || /fixed for monotonicity|quantile value should be/.test(text) ? told : told + (place ?? '');
}
