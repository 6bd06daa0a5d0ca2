import { Fragment } from 'react';

/** The parts of a name that stay whole when it takes several lines: each ends with the sign after which it may break. */
export function namePieces(name: string): string[] {
  return name.match(/[^./:_@-]*[./:_@-]+|[^./:_@-]+/g) ?? [name];
}

/** A name that breaks after its dots, slashes and dashes rather than in the middle of a word. */
export function BreakableName({ name }: { name: string }) {
  return namePieces(name).map((piece, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {piece}
    </Fragment>
  ));
}
