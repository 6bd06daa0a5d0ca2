using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.LogQL.Tailing;

/// <summary>Records that wait for a tail since about the same time. One owner at a time.</summary>
internal sealed class TailSegment : IDisposable
{
    /// <summary>Memory that is worth keeping for the next records.</summary>
    private const long KeptBytes = 1 << 20;

    /// <summary>The records.</summary>
    public LogBatch Records { get; } = new(MemoryBudget.Unlimited("log tail"));

    /// <summary>When the first of them came, by the clock's timestamp.</summary>
    public long Began { get; set; }

    /// <summary>Bytes that the records count for in the queue.</summary>
    public long SizeBytes { get; set; }

    /// <summary>Whether the memory may be used again.</summary>
    public bool IsSmall => Records.Budget.Used <= KeptBytes;

    /// <inheritdoc/>
    public void Dispose() => Records.Dispose();
}
