using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Exposition;

/// <summary>
/// Reads the exposition <c>application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited</c>: families one after another, each
/// behind its length as a varint. Kept from scrape to scrape for its buffers; one thread at a time.
/// <code>
/// MetricFamily{name 1, help 2, type 3, metric 4, unit 5}
/// Metric{label 1 {name 1, value 2}, gauge 2, counter 3, summary 4, untyped 5, timestamp_ms 6, histogram 7}
/// </code>
/// </summary>
public sealed class ProtobufExposition : IDisposable
{
    private static readonly string[] s_types = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

    private readonly MetricReader _metrics = new();

    /// <summary>Reads a whole exposition. Returns what fails the scrape, or null.</summary>
    /// <param name="body">The body.</param>
    /// <param name="kinds">Which forms of histograms are taken.</param>
    /// <param name="sink">Takes what is in it.</param>
    /// <param name="withTypeAndUnit">As for <see cref="ExpositionParser.WriteLabels"/>.</param>
    public string? Read(ReadOnlySpan<byte> body, HistogramKinds kinds, IExpositionSink sink, bool withTypeAndUnit = false)
    {
        var at = 0;
        while (at < body.Length)
        {
            var used = Varint.Read(body[at..], out var length);
            if (used <= 0 || length > (ulong)(body.Length - at - used)) return $"byte {at}: the exposition ends within a metric family";
            var family = new ProtoReader(body.Slice(at + used, (int)length));
            var problem = ReadFamily(ref family, kinds, sink, withTypeAndUnit);
            if (family.Error != ProtoError.None) return $"byte {at + used + family.ErrorOffset}: malformed protobuf";
            if (problem is not null) return $"byte {at}: {problem}";
            at += used + (int)length;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    private string? ReadFamily(scoped ref ProtoReader family, HistogramKinds kinds, IExpositionSink sink, bool withTypeAndUnit)
    {
        var again = family;
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> help = default;
        ReadOnlySpan<byte> unit = default;
        var type = 0;
        while (family.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: name = family.ReadBytes(); break;
                case 2: help = family.ReadBytes(); break;
                case 3: type = family.ReadInt32(); break;
                case 5: unit = family.ReadBytes(); break;
            }
        }

        if (family.Error != ProtoError.None) return null;
        if (name.IsEmpty) return "a metric family without a name";
        if (type < 0 || type >= s_types.Length) return $"a metric family of type {type}, which is not known";
        if (!Utf8Text.IsValid(name) || !Utf8Text.IsValid(help) || !Utf8Text.IsValid(unit)) return "text that is not valid UTF-8";
        sink.TakeFamily(name, s_types[type], help, unit);
        _metrics.Begin(name, (FamilyType)type, kinds, sink);
        if (withTypeAndUnit) _metrics.AddToLabels(type == (int)FamilyType.Untyped ? "" : s_types[type], unit);
        string? problem = null;
        while (problem is null && again.TryReadTag(out var field, out _))
        {
            if (field == 4) problem = _metrics.Read(ref again, again.ReadMessage());
        }

        family.Absorb(again);
        return problem;
    }
}

/// <summary>Which forms of histograms a scrape takes.</summary>
/// <param name="Native">Native ones, where a histogram has that form.</param>
/// <param name="ClassicBesideNative">Series of buckets too, where it has both.</param>
public readonly record struct HistogramKinds(bool Native, bool ClassicBesideNative)
{
    /// <summary>Whether a histogram that has only series of buckets becomes a native one with their bounds; the series go unless those are taken too.</summary>
    public bool ConvertClassic { get; init; }

    /// <summary>The most buckets of a native histogram, 0 for any number: one with more is made coarser, and fails the scrape where it cannot be.</summary>
    public int BucketLimit { get; init; }

    /// <summary>The finest schema; finer histograms are made coarser. Null for any.</summary>
    public int? FinestSchema { get; init; }
}

/// <summary>Types as the wire numbers them.</summary>
internal enum FamilyType
{
    Counter = 0,
    Gauge = 1,
    Summary = 2,
    Untyped = 3,
    Histogram = 4,
    GaugeHistogram = 5,
}
