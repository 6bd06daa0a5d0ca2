import classes from './TimeChart.module.css';

export interface TooltipRow {
  colour: string;
  name: string;
  value: number;
  text: string;
}

const ROW_PX = 18;
const MOST_ROWS = 16;

/** The box beside the crosshair. Drawn by hand, not by React: it changes with each movement of the mouse. */
export class ChartTooltip {
  private readonly box = document.createElement('div');

  constructor() {
    this.box.className = classes.tooltip!;
    this.box.hidden = true;
    this.box.setAttribute('aria-hidden', 'true');
    document.body.append(this.box);
  }

  /** `rows` are shown largest first, as many as fit; `x` and `y` are in the window. */
  show(time: string, rows: TooltipRow[], nearest: number, x: number, y: number): void {
    const sorted = rows.map((row, index) => ({ ...row, near: index === nearest })).sort((a, b) => b.value - a.value);
    const most = Math.max(3, Math.min(MOST_ROWS, Math.floor((window.innerHeight * 0.6) / ROW_PX)));
    // The line nearest to the pointer is always among those shown.
    const at = sorted.findIndex((row) => row.near);
    const shown = at >= most ? [...sorted.slice(0, most - 1), sorted[at]!] : sorted.slice(0, most);
    const head = element('div', classes.tooltipTime, time);
    const body = shown.map((row) => {
      const line = element('div', classes.tooltipRow);
      if (row.near && rows.length > 1) line.dataset['near'] = 'true';
      const swatch = element('i', classes.tooltipSwatch);
      swatch.style.background = row.colour;
      line.append(swatch, element('span', classes.tooltipName, row.name), element('b', classes.tooltipValue, row.text));
      return line;
    });
    const more = sorted.length > shown.length ? [element('div', classes.tooltipMore, `and ${sorted.length - shown.length} more`)] : [];
    this.box.replaceChildren(head, ...body, ...more);
    this.box.hidden = false;
    this.place(x, y);
  }

  hide(): void {
    this.box.hidden = true;
  }

  destroy(): void {
    this.box.remove();
  }

  private place(x: number, y: number): void {
    const { width, height } = this.box.getBoundingClientRect();
    const gap = 14;
    const left = x + gap + width > window.innerWidth - 8 ? Math.max(8, x - gap - width) : x + gap;
    const top = Math.min(Math.max(8, y - height / 2), Math.max(8, window.innerHeight - height - 8));
    this.box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

function element(tag: string, className: string | undefined, text?: string): HTMLElement {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
