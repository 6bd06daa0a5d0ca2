using System.Text;
using Triptych.Ingest.Labels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Metrics;

/// <summary>
/// The exemplars of one data point, collected while it is read and added when its series are. Labels are trace_id, span_id and the filtered attributes
/// for as long as all together have at most 128 characters. One owner, one thread at a time.
/// </summary>
internal sealed class PointExemplars(MetricBatch batch) : IDisposable
{
    private const int MaxRunes = 128;
    private const int MaxCount = 1024;

    private readonly PooledBufferWriter _bytes = new(capacity: 0);
    private readonly LabelCollector _labels = new(LabelCollision.LastWins);
    private readonly LabelSetWriter _set = new();
    private readonly List<Entry> _entries = [];
    private int _next;

    /// <summary>Begins a point.</summary>
    public void Reset()
    {
        _bytes.Reset();
        _entries.Clear();
        _next = 0;
    }

    /// <summary>Reads <c>Exemplar{time 2, as_double 3, span_id 4, trace_id 5, as_int 6, filtered_attributes 7}</c>; those beyond 1024 are left out.</summary>
    public void Read(scoped ref ProtoReader parent, ProtoReader exemplar)
    {
        ulong time = 0;
        double value = 0;
        var runes = 0;
        _labels.Reset();
        var again = exemplar;
        while (exemplar.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 2: time = exemplar.ReadFixed64(); break;
                case 3: value = exemplar.ReadDouble(); break;
                case 4: AddId("span_id"u8, exemplar.ReadBytes(), 8, ref runes); break;
                case 5: AddId("trace_id"u8, exemplar.ReadBytes(), 16, ref runes); break;
                case 6: value = exemplar.ReadSFixed64(); break;
            }
        }

        if (!parent.Absorb(exemplar)) return;

        // The ids go first, wherever they stand, so that attributes never push them out.
        while (again.TryReadTag(out var field, out _))
        {
            if (field == 7) AddAttribute(ref again, again.ReadMessage(), ref runes);
        }

        if (!parent.Absorb(again) || _entries.Count == MaxCount) return;
        _set.Reset();
        _labels.WriteTo(_set);
        if (_set.TryFinish(out var labels) != LabelSetError.None) return;
        _entries.Add(new Entry(value, (long)(time / 1_000_000), _bytes.Length, labels.Length));
        _bytes.Write(labels);
    }

    /// <summary>Puts the exemplars in the order of their values, for a histogram's buckets.</summary>
    public void Sort() => _entries.Sort(static (a, b) => a.Value.CompareTo(b.Value));

    /// <summary>Adds the exemplars that come next and are not above a bound to the series begun last.</summary>
    public void WriteUpTo(double bound)
    {
        while (_next < _entries.Count && !(_entries[_next].Value > bound))
        {
            var entry = _entries[_next++];
            batch.AddExemplar(entry.TimestampMs, entry.Value, _bytes.WrittenSpan.Slice(entry.Start, entry.Length));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bytes.Dispose();
        _labels.Dispose();
    }

    private void AddId(ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, int length, ref int runes)
    {
        if (id.Length != length || !id.ContainsAnyExcept((byte)0)) return;
        Span<byte> hex = stackalloc byte[32];
        HexId.TryEncode(id, hex);
        _labels.Add(name, hex[..(length * 2)]);
        runes += name.Length + (length * 2);
    }

    private void AddAttribute(scoped ref ProtoReader parent, ProtoReader pair, ref int runes)
    {
        if (!AnyValue.TryReadPair(ref parent, pair, out var key, out var value) || key.IsEmpty) return;
        var output = _labels.Output;
        var start = output.Length;
        AnyValueText.WriteValid(key, output);
        var nameEnd = output.Length;
        AnyValueText.WritePlain(ref parent, value, output);
        var added = Encoding.UTF8.GetCharCount(output.WrittenSpan[start..]);
        if (runes + added > MaxRunes)
        {
            output.Truncate(start);
            return;
        }

        runes += added;
        _labels.Add(start, nameEnd, nameEnd, default);
    }

    private readonly record struct Entry(double Value, long TimestampMs, int Start, int Length);
}
