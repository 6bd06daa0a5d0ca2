using Triptych.Ingest.Labels;
using Triptych.Ingest.Levels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Attributes;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.Otlp.Logs;

/// <summary>Turns attributes into structured metadata: names normalised, maps flattened with underscores, everything else as text.</summary>
internal sealed class MetadataCollector : IDisposable
{
    private readonly PooledBufferWriter _path = new(capacity: 0);

    /// <summary>What is collected; of names that collide the last stays, so a record's win over its scope's and those over its resource's.</summary>
    public LabelCollector Labels { get; } = new(LabelCollision.LastWins);

    /// <summary>The level that an attribute named <c>detected_level</c> told, which is never collected; the caller resets it.</summary>
    public LogLevel DetectedLevel { get; set; }

    /// <summary>Adds one attribute.</summary>
    /// <param name="parent">Takes the error of a malformed value, or the refusal of one nested too deep.</param>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its value.</param>
    public void Add(scoped ref ProtoReader parent, ReadOnlySpan<byte> key, scoped in AnyValue value)
    {
        if (key.IsEmpty || value.Kind == AttributeKind.None) return;
        if (value.Kind == AttributeKind.KeyValueList)
        {
            _path.Reset();
            _path.Write(key);
            Flatten(ref parent, value.Nested, 1);
            return;
        }

        AddLeaf(ref parent, key, value);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _path.Dispose();
        Labels.Dispose();
    }

    private void Flatten(scoped ref ProtoReader parent, ProtoReader map, int depth)
    {
        if (depth > AnyValue.MaxDepth)
        {
            parent.Fail();
            return;
        }

        var prefix = _path.Length;
        while (map.TryReadTag(out var field, out _))
        {
            if (field != 1 || !AnyValue.TryReadPair(ref map, map.ReadMessage(), out var key, out var value)) continue;
            if (value.Kind == AttributeKind.None) continue;
            _path.Truncate(prefix);
            _path.WriteByte((byte)'_');
            _path.Write(key);
            if (value.Kind == AttributeKind.KeyValueList) Flatten(ref map, value.Nested, depth + 1);
            else AddLeaf(ref map, _path.WrittenSpan, value);
        }

        parent.Absorb(map);
    }

    private void AddLeaf(scoped ref ProtoReader parent, ReadOnlySpan<byte> key, scoped in AnyValue value)
    {
        var output = Labels.Output;
        var start = output.Length;
        LabelNaming.WriteForLogs(key, output);
        var nameEnd = output.Length;
        var isLevel = output.WrittenSpan[start..nameEnd].SequenceEqual("detected_level"u8);
        AnyValueText.WritePlain(ref parent, value, output);
        if (isLevel)
        {
            DetectedLevel = LevelDetector.FromWord(output.WrittenSpan[nameEnd..]);
            output.Truncate(start);
            return;
        }

        Labels.Add(start, nameEnd, nameEnd, default);
    }
}
