import DOMPurify from 'dompurify';
import { marked } from 'marked';

const purifier = typeof window === 'undefined' ? null : DOMPurify(window);

purifier?.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'A' && node.hasAttribute('href')) {
    node.setAttribute('rel', 'noopener noreferrer');
    if (/^https?:/i.test(node.getAttribute('href') ?? '')) node.setAttribute('target', '_blank');
  }
});

/** Markdown or HTML as HTML that does nothing: no scripts, no frames, no forms, no styles over the page. */
export function safeHtml(text: string, mode: 'markdown' | 'html'): string {
  const html = mode === 'markdown' ? (marked.parse(text, { async: false, gfm: true }) as string) : text;
  return (
    purifier?.sanitize(html, {
      USE_PROFILES: { html: true },
      FORBID_TAGS: ['style', 'form', 'input', 'button', 'textarea', 'select', 'iframe', 'object', 'embed', 'link', 'meta'],
      FORBID_ATTR: ['id', 'name'],
      ADD_ATTR: ['target'],
    }) ?? ''
  );
}
