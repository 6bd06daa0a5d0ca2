using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Head;

/// <summary>A log record in the head: 48 bytes beside its text.</summary>
internal readonly record struct LogRow(long TimeUnixNanos, ulong Hash, ArenaRef Line, ArenaRef Metadata, int Stream, LogLevel Level);
