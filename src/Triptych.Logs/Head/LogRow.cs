using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Logs.Head;

/// <summary>A log record in the head: 32 bytes beside its text.</summary>
internal readonly record struct LogRow(long TimeUnixNanos, ArenaRef Line, ArenaRef Metadata, int Stream, LogLevel Level);
