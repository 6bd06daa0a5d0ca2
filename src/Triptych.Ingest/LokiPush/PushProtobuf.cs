using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.LokiPush;

/// <summary>Reads <c>PushRequest{streams 1}</c>.</summary>
internal sealed class PushProtobuf(PushStreamWriter writer, long nowUnixNanos, DecodeOutcome outcome)
{
    private const long NanosPerSecond = 1_000_000_000;

    /// <summary>Reads <c>Stream{labels 1, entries 2}</c>.</summary>
    public void DecodeStream(scoped ref ProtoReader parent, ProtoReader stream)
    {
        var again = stream;
        ReadOnlySpan<byte> labels = default;
        while (stream.TryReadTag(out var field, out _))
        {
            if (field == 1) labels = stream.ReadBytes();
        }

        if (!parent.Absorb(stream)) return;
        writer.Labels.Reset();
        writer.BeginStream(new StreamLabelsParser(labels).Parse(writer.Labels));
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 2) DecodeEntry(ref again, again.ReadMessage());
        }

        parent.Absorb(again);
    }

    /// <summary>Reads <c>Entry{timestamp 1 {seconds 1, nanos 2}, line 2, structuredMetadata 3 {name 1, value 2}}</c>.</summary>
    private void DecodeEntry(scoped ref ProtoReader parent, ProtoReader entry)
    {
        Int128 time = nowUnixNanos;
        var hasTime = false;
        ReadOnlySpan<byte> line = default;
        writer.BeginEntry();
        while (entry.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1:
                    time = ReadTime(ref entry, entry.ReadMessage());
                    hasTime = true;
                    break;
                case 2: line = entry.ReadBytes(); break;
                case 3: ReadMetadata(ref entry, entry.ReadMessage()); break;
            }
        }

        if (!parent.Absorb(entry)) return;
        if (!hasTime) outcome.UseServerTime();
        if (time < long.MinValue || time > long.MaxValue) writer.RefuseTime();
        else writer.AddEntry((long)time, line);
    }

    private static Int128 ReadTime(scoped ref ProtoReader parent, ProtoReader timestamp)
    {
        long seconds = 0;
        long nanos = 0;
        while (timestamp.TryReadTag(out var field, out _))
        {
            if (field == 1) seconds = timestamp.ReadInt64();
            else if (field == 2) nanos = timestamp.ReadInt32();
        }

        parent.Absorb(timestamp);
        return ((Int128)seconds * NanosPerSecond) + nanos;
    }

    private void ReadMetadata(scoped ref ProtoReader parent, ProtoReader pair)
    {
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> value = default;
        while (pair.TryReadTag(out var field, out _))
        {
            if (field == 1) name = pair.ReadBytes();
            else if (field == 2) value = pair.ReadBytes();
        }

        if (parent.Absorb(pair)) writer.AddMetadata(name, value);
    }
}
