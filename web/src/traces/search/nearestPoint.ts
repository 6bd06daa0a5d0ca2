/** The index of the point nearest to a place within reach, −1 when there is none. The later point wins a tie: it is painted on top. */
export function nearestPoint(points: readonly (readonly [x: number, y: number])[], x: number, y: number, reach: number): number {
  let nearest = -1;
  let least = reach * reach;
  for (let i = 0; i < points.length; i++) {
    const dx = points[i]![0] - x;
    const dy = points[i]![1] - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      nearest = i;
    }
  }
  return nearest;
}
