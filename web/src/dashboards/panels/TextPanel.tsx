import { useMemo } from 'react';
import { textOf } from '../model/json';
import { interpolate } from '../variables/interpolate';
import type { PanelProps } from './panelProps';
import classes from './Panels.module.css';
import { safeHtml } from './safeHtml';

/** Words: Markdown, HTML or code. Scripts and whatever could act are taken out of it. */
export default function TextPanel({ panel, scope }: PanelProps) {
  const mode = textOf(panel.options['mode']) || 'markdown';
  const content = interpolate(textOf(panel.options['content']), scope, 'text');
  const html = useMemo(() => (mode === 'code' ? '' : safeHtml(content, mode === 'html' ? 'html' : 'markdown')), [content, mode]);
  if (mode === 'code') return <pre className={`mono ${classes.code}`}>{content}</pre>;
  return <div className={classes.text} dangerouslySetInnerHTML={{ __html: html }} />;
}
