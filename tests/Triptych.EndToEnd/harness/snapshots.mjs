import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../snapshots', import.meta.url));
const FAILED = fileURLToPath(new URL('../../../.build/snapshots-failed', import.meta.url));

/** A pixel differs where a channel does by more than this of 255: edges of letters and lines are smoothed a little otherwise from build to build. */
const CHANNEL = 48;
/** Times that a query took and the like are on the pages. */
const MOST_SHARE = 0.01;

/** A picture of the page once it does not change any more. */
export async function stillPicture(page) {
  const take = () => page.screenshot({ animations: 'disabled', caret: 'hide', type: 'jpeg', quality: 45 });
  let last = await take();
  for (let left = 20; left > 0; left--) {
    await page.waitForTimeout(250);
    const next = await take();
    if (next.equals(last)) return next;
    last = next;
  }
  return last;
}

/**
 * Compares a picture with the one that was looked at and kept; what differs lies in .build/snapshots-failed then. TRIPTYCH_WRITE_SNAPSHOTS=1 keeps it instead.
 * Returns null, or what is wrong.
 */
export async function compare(page, name, picture) {
  const kept = join(FOLDER, `${name}.jpg`);
  if (process.env.TRIPTYCH_WRITE_SNAPSHOTS) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(kept, picture);
    return null;
  }
  if (!existsSync(kept)) return `${name}: there is no picture to compare with; TRIPTYCH_WRITE_SNAPSHOTS=1 keeps one, to be looked at`;
  const share = await differing(page, picture, readFileSync(kept));
  if (share <= MOST_SHARE) return null;
  mkdirSync(FAILED, { recursive: true });
  writeFileSync(join(FAILED, `${name}.jpg`), picture);
  return `${name}: ${(share * 100).toFixed(1)} % of the pixels differ from tests/Triptych.EndToEnd/snapshots/${name}.jpg; now it is .build/snapshots-failed/${name}.jpg`;
}

/** The share of pixels that differ, told by the browser itself; all where sizes do. */
function differing(page, one, other) {
  return page.evaluate(
    async ([a, b, most]) => {
      const pixels = async (text) => {
        const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${text}`)).blob());
        const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
        context.drawImage(image, 0, 0);
        return { width: image.width, height: image.height, data: context.getImageData(0, 0, image.width, image.height).data };
      };
      const [first, second] = [await pixels(a), await pixels(b)];
      if (first.width !== second.width || first.height !== second.height) return 1;
      let differs = 0;
      for (let i = 0; i < first.data.length; i += 4) {
        for (let channel = 0; channel < 3; channel++) {
          if (Math.abs(first.data[i + channel] - second.data[i + channel]) <= most) continue;
          differs++;
          break;
        }
      }
      return differs / (first.data.length / 4);
    },
    [one.toString('base64'), other.toString('base64'), CHANNEL],
  );
}
