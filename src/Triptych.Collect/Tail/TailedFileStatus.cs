namespace Triptych.Collect.Tail;

/// <summary>A file that is followed, as it was within the last second or so.</summary>
/// <param name="Path">Where it was met.</param>
/// <param name="OffsetBytes">Up to here everything is durable.</param>
/// <param name="SizeBytes">Bytes that it has; the offset where that cannot be told.</param>
/// <param name="LastRead">When lines were read from it last; null for never since the start.</param>
/// <param name="LostSince">Since when its path leads elsewhere or nowhere; null while it does not.</param>
public sealed record TailedFileStatus(string Path, long OffsetBytes, long SizeBytes, DateTimeOffset? LastRead, DateTimeOffset? LostSince);
