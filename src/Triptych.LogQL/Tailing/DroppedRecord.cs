namespace Triptych.LogQL.Tailing;

/// <summary>A record that a tail had no room for.</summary>
/// <param name="TimeUnixNanos">Its time.</param>
/// <param name="Stream">Its stream, a canonical label set.</param>
public sealed record DroppedRecord(long TimeUnixNanos, byte[] Stream);
