import { useQuery } from '@tanstack/react-query';
import { getJson, messageOf } from '../../api/http';
import type { Labels } from '../../api/prometheus';
import { formatAgo } from '../../format/time';
import { useTimeRange } from '../../time/TimeRangeProvider';
import { numberOf, objectOf, textOf } from '../model/json';
import { interpolate } from '../variables/interpolate';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';

interface Alert {
  labels: Labels;
  annotations: Labels;
  state: string;
  activeAt?: string;
}

/** Alerts that are firing or pending, as `/api/v1/alerts` tells them. */
export default function AlertListPanel({ panel, scope, height }: PanelProps) {
  const { tick } = useTimeRange();
  const alerts = useQuery({ queryKey: ['dashboard-alerts', tick], queryFn: ({ signal }) => getJson<{ data?: { alerts?: Alert[] } }>('/api/v1/alerts', {}, { signal }) });
  if (alerts.error !== null) return <div className={classes.none}>{messageOf(alerts.error)}</div>;
  const states = objectOf(panel.options['stateFilter']);
  const name = interpolate(textOf(panel.options['alertName']), scope, 'text').toLowerCase();
  const matchers = matchersOf(interpolate(textOf(panel.options['alertInstanceLabelFilter']), scope, 'raw'));
  const shown = (alerts.data?.data?.alerts ?? [])
    .filter((alert) => states[alert.state] !== false && (alert.labels['alertname'] ?? '').toLowerCase().includes(name) && matchers.every((test) => test(alert.labels)))
    .slice(0, numberOf(panel.options['maxItems']) ?? 20);
  if (shown.length === 0) return <div className={classes.none}>{alerts.data === undefined ? '' : 'No alerts'}</div>;
  return (
    <ul className={classes.alerts} style={{ height }}>
      {shown.map((alert, i) => (
        <li key={i}>
          <b data-state={alert.state}>{alert.state}</b>
          <span>{alert.labels['alertname']}</span>
          <span className="dimmed ellipsis">{alert.annotations['summary'] ?? alert.annotations['description'] ?? ''}</span>
          {alert.activeAt !== undefined && <span className="dimmed">{formatAgo(new Date(alert.activeAt).getTime(), Date.now())}</span>}
        </li>
      ))}
    </ul>
  );
}

/** The matchers of `{a="b", c=~"d.*"}`. */
export function matchersOf(text: string): ((labels: Labels) => boolean)[] {
  return [...text.matchAll(/([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/g)].map(([, name, operator, raw]) => {
    const value = raw!.replace(/\\(.)/g, '$1');
    const regex = operator!.includes('~') ? regexOrNull(value) : null;
    return (labels) => {
      const own = labels[name!] ?? '';
      const holds = operator!.includes('~') ? (regex?.test(own) ?? false) : own === value;
      return operator!.startsWith('!') ? !holds : holds;
    };
  });
}

function regexOrNull(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return null;
  }
}
