/** An address of this page or of the web; null for one that would run something. */
export function safeHref(url: string): string | null {
  const text = url.trim();
  if (text === '') return null;
  if (/^(https?:|mailto:)/i.test(text)) return text;
  return /^[a-z][a-z0-9+.-]*:/i.test(text) ? null : text;
}
