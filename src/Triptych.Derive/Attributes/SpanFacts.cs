using Triptych.Model;
using Triptych.Model.Traces;
using Triptych.Primitives.Checksums;

namespace Triptych.Derive.Attributes;

/// <summary>What is told of a resource once for all its spans in a batch.</summary>
internal sealed class ResourceFacts
{
    /// <summary>Its attribute set in the batch.</summary>
    public ByteSlice Attributes { get; set; }

    /// <summary>Its service's name in the batch; empty where it has none.</summary>
    public ByteSlice Service { get; set; }

    /// <summary>Of the attributes and the service's name.</summary>
    public Hash128 Hash { get; set; }

    /// <summary>What was found in its attributes.</summary>
    public FoundValue[] Found { get; set; } = [];
}

/// <summary>What is told of a span for all who count it.</summary>
internal readonly ref struct SpanFacts(SpanBatch batch, ref readonly SpanEntry entry, ResourceFacts resource, ReadOnlySpan<FoundValue> found, long sizeBytes)
{
    private readonly ref readonly SpanEntry _entry = ref entry;

    /// <summary>Where the span is.</summary>
    public SpanBatch Batch { get; } = batch;

    /// <summary>The span.</summary>
    public ref readonly SpanEntry Entry => ref _entry;

    /// <summary>Its resource.</summary>
    public ResourceFacts Resource { get; } = resource;

    /// <summary>What was found in its attributes.</summary>
    public ReadOnlySpan<FoundValue> Found { get; } = found;

    /// <summary>Bytes in OTLP's protobuf.</summary>
    public long SizeBytes { get; } = sizeBytes;

    /// <summary>How long it took, in seconds.</summary>
    public double Seconds => _entry.DurationNanos / 1e9;

    /// <summary>Appends an attribute as a label shows it: the resource's, or else the span's own. False where there is none.</summary>
    public bool TryAppend(int place, Primitives.Binary.PooledBufferWriter output)
    {
        if (Resource.Found[place].IsFound)
        {
            Resource.Found[place].AppendText(Batch.Read(Resource.Attributes), output);
            return true;
        }

        if (!Found[place].IsFound) return false;
        Found[place].AppendText(Batch.Read(_entry.Attributes), output);
        return true;
    }

    /// <summary>For how many spans it stands.</summary>
    /// <param name="share">Where the attribute with the share is that was kept; -1 for none.</param>
    /// <param name="usesTraceState">Whether the trace state may say it.</param>
    public double Multiplier(int share, bool usesTraceState)
    {
        if (share >= 0)
        {
            var own = Found[share].ToNumber();
            if (own <= 0) own = Resource.Found[share].ToNumber();
            if (own > 0) return SpanMultiplier.FromShare(own);
        }

        return usesTraceState && _entry.TraceState.Length > 0 ? SpanMultiplier.FromTraceState(Batch.Read(_entry.TraceState)) : 1;
    }
}
