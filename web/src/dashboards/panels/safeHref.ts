/** An address of this page or of the web; null for one that would run something. */
export function safeHref(url: string): string | null {
  // Browsers pass over control characters, so the scheme is looked for without them.
  // eslint-disable-next-line no-control-regex
  const text = url.replace(/[\u0000-\u001f\u007f]/g, '').trim();
  if (text === '') return null;
  if (/^(https?:|mailto:)/i.test(text)) return text;
  return /^[a-z][a-z0-9+.-]*:/i.test(text) ? null : text;
}
