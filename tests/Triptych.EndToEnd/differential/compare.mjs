const TOLERANCE = 1e-9;

/**
 * What differs between the answers of two servers, as one line; null where nothing does. An answer is what the HTTP API returned, with `http`, the status.
 * Errors are compared by their type, results point by point, warnings and infos as sets of texts after `plain` took from them what releases word differently (null: all).
 */
export function difference(peer, ours, { query, annotations, isOrdered, isTopK, plain = (text) => text }) {
  if (peer.status !== ours.status) return `the peer says ${summary(peer)}, ours says ${summary(ours)}`;
  if (peer.status === 'error') return peer.errorType === ours.errorType && peer.http === ours.http ? null : `error ${summary(peer)} against ours ${summary(ours)}`;
  const found = isTopK ? valuesDifference(peer.data.result, ours.data.result) : dataDifference(peer.data, ours.data, isOrdered);
  if (found) return found;
  if (!annotations) return null;
  for (const kind of ['warnings', 'infos']) {
    const expected = new Set((peer[kind] ?? []).map((text) => plain(text, query)).filter(Boolean));
    const told = new Set((ours[kind] ?? []).map((text) => plain(text, query)).filter(Boolean));
    const missing = [...expected].filter((text) => !told.has(text));
    const surplus = [...told].filter((text) => !expected.has(text));
    if (missing.length + surplus.length > 0) return `${kind}: missing ${JSON.stringify(missing)}, surplus ${JSON.stringify(surplus)}`;
  }
  return null;
}

const summary = (answer) => (answer.status === 'error' ? `${answer.http} ${answer.errorType}: ${answer.error}` : `a ${answer.data.resultType} of ${answer.data.result.length}`);

function dataDifference(peer, ours, isOrdered) {
  if (peer.resultType !== ours.resultType) return `a ${peer.resultType} against ours, a ${ours.resultType}`;
  if (peer.resultType === 'scalar') return pointDifference(peer.result, ours.result);
  if (peer.resultType === 'string') return JSON.stringify(peer.result) === JSON.stringify(ours.result) ? null : 'another string';
  const mine = byLabels(ours.result);
  const theirs = byLabels(peer.result);
  for (const key of theirs.keys()) if (!mine.has(key)) return `${key} is missing (${theirs.size} series against ours ${mine.size})`;
  for (const key of mine.keys()) if (!theirs.has(key)) return `${key} is surplus (${theirs.size} series against ours ${mine.size})`;
  for (const [key, series] of theirs) {
    const found = seriesDifference(series, mine.get(key));
    if (found) return `${key}: ${found}`;
  }
  if (!isOrdered || peer.resultType !== 'vector') return null;
  const differing = peer.result.findIndex((series, i) => !close(Number(series.value?.[1]), Number(ours.result[i].value?.[1])));
  return differing < 0 ? null : `another order from number ${differing} on`;
}

/** Of topk and bottomk: the values at each time. Which of equal ones are kept, nobody promises. */
function valuesDifference(peer, ours) {
  const atTimes = (result) => {
    const found = new Map();
    for (const { value, values } of result) for (const [time, text] of values ?? [value]) found.set(time, [...(found.get(time) ?? []), Number(text.replace('Inf', 'Infinity'))]);
    return [...found].sort(([a], [b]) => a - b).map(([time, list]) => [time, list.sort((a, b) => (Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b))]);
  };
  const [expected, found] = [atTimes(peer), atTimes(ours)];
  for (let i = 0; i < Math.max(expected.length, found.length); i++) {
    const same = expected[i]?.[0] === found[i]?.[0] && expected[i][1].length === found[i][1].length && expected[i][1].every((value, j) => close(value, found[i][1][j]));
    if (!same) return `${JSON.stringify(expected[i])} against ours ${JSON.stringify(found[i])}`;
  }
  return null;
}

function byLabels(result) {
  const found = new Map();
  for (const series of result) {
    const key = JSON.stringify(Object.entries(series.metric).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (found.has(key)) throw new Error(`${key} comes twice`);
    found.set(key, series);
  }
  return found;
}

function seriesDifference(peer, ours) {
  if (peer.value || peer.histogram) {
    if (Boolean(peer.value) !== Boolean(ours.value)) return `${describe(peer)} against ours ${describe(ours)}`;
    return peer.value ? pointDifference(peer.value, ours.value) : histogramDifference(peer.histogram, ours.histogram);
  }
  return pointsDifference(peer.values ?? [], ours.values ?? [], pointDifference) ?? pointsDifference(peer.histograms ?? [], ours.histograms ?? [], histogramDifference);
}

const describe = (series) => (series.value ? `a float ${series.value}` : `a histogram ${JSON.stringify(series.histogram)}`);

function pointsDifference(peer, ours, compare) {
  for (let i = 0; i < Math.max(peer.length, ours.length); i++) {
    if (i >= peer.length || i >= ours.length || peer[i][0] !== ours[i][0]) return `point ${i}: ${JSON.stringify(peer[i])} against ours ${JSON.stringify(ours[i])} (of ${peer.length} against ${ours.length})`;
    const found = compare(peer[i], ours[i]);
    if (found) return `point ${i}: ${found}`;
  }
  return null;
}

function pointDifference([peerTime, peer], [ourTime, ours]) {
  if (Math.abs(peerTime - ourTime) > 1e-6) return `time ${peerTime} against ours ${ourTime}`;
  return close(Number(peer.replace('Inf', 'Infinity')), Number(ours.replace('Inf', 'Infinity'))) ? null : `${peer} against ours ${ours} at ${peerTime}`;
}

function histogramDifference([peerTime, peer], [ourTime, ours]) {
  const what = `${JSON.stringify(peer)} against ours ${JSON.stringify(ours)} at ${peerTime}`;
  if (Math.abs(peerTime - ourTime) > 1e-6 || !closeText(peer.count, ours.count) || !closeText(peer.sum, ours.sum)) return what;
  const [expected, found] = [peer.buckets ?? [], ours.buckets ?? []];
  if (expected.length !== found.length) return what;
  return expected.every((bucket, i) => bucket[0] === found[i][0] && [1, 2, 3].every((part) => closeText(bucket[part], found[i][part]))) ? null : what;
}

const closeText = (a, b) => close(Number(a.replace('Inf', 'Infinity')), Number(b.replace('Inf', 'Infinity')));

function close(a, b) {
  return Object.is(a, b) || a === b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
