/** A string as PromQL, LogQL and TraceQL write it: in double quotes, quotes and backslashes escaped. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
