using System.Buffers.Binary;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Traces.Attributes;
using Triptych.Traces.Head;
using Triptych.Traces.Scan;

namespace Triptych.Traces.Block;

/// <summary>
/// Writes the spans of a view as one block. Traces are cut into slices by their start; a slice of at least <see cref="SliceSpans"/> spans is a row group, no trace lies in two. One thread.
/// </summary>
internal sealed class TraceBlockWriter : IDisposable
{
    /// <summary>Spans after which a row group ends.</summary>
    public const int SliceSpans = 64 * 1024;

    private readonly ParquetWriter _writer;
    private readonly SpanView _view;
    private readonly AttributeLayout _layout;
    private readonly List<GroupAttributes> _groups = [];
    private readonly SpanColumnsBuffer _buffer;
    private readonly NativeList<OrderedSpan> _rows;
    private readonly NativeList<TreeSpan> _spans;
    private readonly TreeOrder _tree;

    public TraceBlockWriter(Stream output, SpanView view, MemoryBudget budget)
    {
        _view = view;
        _layout = ChooseColumns(view);
        _writer = new ParquetWriter(output, _layout.Schema, _layout.WriterOptions());
        _writer.AddMetadata(TraceBlockSchema.FormatKey, _layout.FormatValue);
        _buffer = new SpanColumnsBuffer(view, _layout);
        _rows = new NativeList<OrderedSpan>(budget);
        _spans = new NativeList<TreeSpan>(budget);
        _tree = new TreeOrder(budget);
    }

    /// <summary>Writes everything.</summary>
    /// <param name="traces">All traces of the view; sorted in place.</param>
    /// <param name="cancellationToken">Stops between row groups.</param>
    public void Write(Span<TraceEntry> traces, CancellationToken cancellationToken)
    {
        traces.Sort(static (a, b) => a.MinStartUnixNanos == b.MinStartUnixNanos ? a.LastRow.CompareTo(b.LastRow) : a.MinStartUnixNanos.CompareTo(b.MinStartUnixNanos));
        for (var first = 0; first < traces.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (next, spans) = (first, 0L);
            while (next < traces.Length && spans < SliceSpans) spans += traces[next++].Spans;
            WriteSlice(traces[first..next]);
            first = next;
        }

        WriteSection(_writer, TraceBlockSchema.ResourcesSection, _view.Resources);
        WriteSection(_writer, TraceBlockSchema.ScopesSection, _view.Scopes);
        GroupAttributes.Write(_writer, _layout, _groups);
        _writer.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _buffer.Dispose();
        _rows.Dispose();
        _spans.Dispose();
        _tree.Dispose();
    }

    /// <summary>Which attributes get columns, by spans from all over the view.</summary>
    private static AttributeLayout ChooseColumns(SpanView view)
    {
        var sample = new AttributeSample();
        var stride = Math.Max(1, view.Count / AttributeSample.Spans);
        for (var row = 0; row < view.Count; row += stride) sample.Add(view.Read(view[row].Attributes));
        return sample.Choose();
    }

    private void WriteSlice(Span<TraceEntry> traces)
    {
        traces.Sort((a, b) => ((ReadOnlySpan<byte>)_view[a.LastRow].TraceId).SequenceCompareTo(_view[b.LastRow].TraceId));
        _rows.Clear();
        foreach (var trace in traces)
        {
            _spans.Clear();
            for (var row = trace.LastRow; row >= 0; row = _view[row].PreviousInTrace)
            {
                ref readonly var span = ref _view[row];
                _spans.Add(new TreeSpan(
                    span.StartUnixNanos, BinaryPrimitives.ReadUInt64BigEndian(span.SpanId),
                    BinaryPrimitives.ReadUInt64BigEndian(span.ParentSpanId), row));
            }

            _tree.Add(_spans.Span, _rows);
        }

        var group = _writer.BeginRowGroup();
        _buffer.Attributes.Begin();
        for (var first = 0; first < _rows.Count; first += SpanColumnsBuffer.MaxRows)
        {
            _buffer.Write(_rows.Span.Slice(first, Math.Min(SpanColumnsBuffer.MaxRows, _rows.Count - first)), group);
        }

        group.End();
        _groups.Add(_buffer.Attributes.End());
    }

    /// <summary>Writes a section of resources or scopes, given by their numbers.</summary>
    public static void WriteSection(ParquetWriter writer, string name, IByteItems items)
    {
        using var section = new PooledBufferWriter();
        section.WriteUnsigned((ulong)items.Count);
        for (var i = 0; i < items.Count; i++) section.WriteLengthPrefixed(items[i]);
        writer.AddSection(name, section.WrittenSpan);
    }
}
